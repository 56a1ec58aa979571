import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ActRefused, Acts } from '../src/net/acts';
import { backoffMs } from '../src/net/backoff';
import { Signal, type SignalState } from '../src/net/signal';
import type { ClientMessage, ServerMessage, Welcome } from '../src/protocol/messages.gen';

/** The far end of a socket, in this process: records what was sent and says what a test tells it to. */
class FarEnd {
  static opened: FarEnd[] = [];
  readyState = 0;
  sent: ClientMessage[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;

  constructor(readonly url: string) {
    FarEnd.opened.push(this);
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text) as ClientMessage);
  }

  close(): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.onclose?.();
  }

  accept(): void {
    this.readyState = 1;
    this.onopen?.();
  }

  say(message: ServerMessage): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
}

const welcome = (resumed: boolean, sequence = 5): Welcome => ({
  type: 'welcome',
  sequence,
  resume: 'secret',
  resumed,
  participant: 'me',
  permissions: [],
  may_publish: [],
  ice_servers: [],
  snapshot: null,
  server_time_ms: 0,
});

let begun: Signal[] = [];

function begin() {
  const states: SignalState[] = [];
  const heard: ServerMessage[] = [];
  const signal = new Signal({
    url: 'ws://court/ws',
    token: 'token',
    language: 'zh-CN',
    takeOver: false,
    resume: null,
    onResume: () => undefined,
    onState: (state) => states.push(state),
    onMessage: (message) => heard.push(message),
    Socket: FarEnd as unknown as typeof WebSocket,
    random: () => 1,
  });
  signal.start();
  begun.push(signal);
  const first = FarEnd.opened[0];
  if (first === undefined) throw new Error('no socket was opened');
  return { signal, states, heard, first };
}

beforeEach(() => {
  vi.useFakeTimers();
  FarEnd.opened = [];
});
afterEach(() => {
  for (const signal of begun) signal.stop();
  begun = [];
  vi.useRealTimers();
});

describe('backoff', () => {
  it('doubles from 300 ms to 4 s and never waits less than half', () => {
    expect([0, 1, 2, 3, 4, 5, 9].map((attempt) => backoffMs(attempt, () => 1))).toEqual([300, 600, 1200, 2400, 4000, 4000, 4000]);
    expect(backoffMs(9, () => 0)).toBe(2000);
  });
});

describe('the socket', () => {
  it('that is suspected and silent makes way for another one, and says no farewell', () => {
    const { signal, first, states } = begin();
    first.accept();
    first.say(welcome(false));
    signal.probe();
    expect(first.sent.at(-1)?.type).toBe('ping');
    vi.advanceTimersByTime(1000);
    const second = FarEnd.opened[1];
    expect(states).toEqual(['open', 'lost']);
    expect(first.readyState).toBe(1);
    second?.accept();
    expect(second?.sent[0]).toMatchObject({ type: 'hello', resume: 'secret' });
    second?.say(welcome(true, 6));
    expect(first.readyState).toBe(3);
    expect(states).toEqual(['open', 'lost', 'open']);
  });

  it('that is suspected and answers stays', () => {
    const { signal, first, states } = begin();
    first.accept();
    first.say(welcome(false));
    signal.probe();
    vi.advanceTimersByTime(300);
    first.say({ type: 'pong', time_ms: 0 });
    vi.advanceTimersByTime(5000);
    expect(states).toEqual(['open']);
    expect(FarEnd.opened.length).toBe(1);
  });

  it('that hangs while it connects is tried anew when the network has changed, but not at once', () => {
    const { signal, first } = begin();
    first.accept();
    first.say(welcome(false));
    first.close();
    vi.advanceTimersByTime(300);
    const second = FarEnd.opened[1];
    vi.advanceTimersByTime(400);
    signal.probe();
    expect(second?.readyState).toBe(0);
    vi.advanceTimersByTime(200);
    signal.probe();
    expect(second?.readyState).toBe(3);
    expect(FarEnd.opened).toHaveLength(3);
    FarEnd.opened[2]?.accept();
    expect(FarEnd.opened[2]?.sent[0]).toMatchObject({ type: 'hello', resume: 'secret' });
  });

  it('is tried every two seconds while attempts hang, and every eighth one is patient', () => {
    const { first } = begin();
    first.accept();
    first.say(welcome(false));
    first.close();
    vi.advanceTimersByTime(300);
    const triedAt = [0];
    for (let at = 0; at < 24_000; at += 100) {
      if (FarEnd.opened.length > triedAt.length + 1) triedAt.push(at);
      vi.advanceTimersByTime(100);
    }
    const waits = triedAt.slice(1).map((at, n) => at - (triedAt[n] ?? 0));
    expect(waits.slice(0, 7)).toEqual(new Array(7).fill(1800));
    expect(waits[7]).toBe(6300);
  });

  it('that opens in time is not tried anew while the court is slow to welcome', () => {
    const { states, first } = begin();
    first.accept();
    vi.advanceTimersByTime(9_900);
    first.say(welcome(false));
    expect(FarEnd.opened).toHaveLength(1);
    expect(states).toEqual(['open']);
  });

  it('says hello first and is open only after welcome', () => {
    const { states, first } = begin();
    first.accept();
    expect(first.sent[0]).toMatchObject({ type: 'hello', token: 'token', resume: null, last_sequence: 0 });
    expect(states).toEqual([]);
    first.say(welcome(false));
    expect(states).toEqual(['open']);
  });

  it('comes back by itself with what it heard last, and drops what it knows', () => {
    const { heard, first, signal } = begin();
    first.accept();
    first.say(welcome(false));
    first.say({ type: 'unmute_asked', sequence: 6 });
    first.close();
    expect(signal.state).toBe('lost');
    vi.advanceTimersByTime(300);
    const second = FarEnd.opened[1];
    second?.accept();
    expect(second?.sent[0]).toMatchObject({ resume: 'secret', last_sequence: 6 });
    second?.say(welcome(true, 6));
    second?.say({ type: 'unmute_asked', sequence: 6 });
    second?.say({ type: 'unmute_asked', sequence: 7 });
    expect(heard.filter((message) => message.type === 'unmute_asked')).toHaveLength(2);
  });

  it('keeps edits and mutes for the next socket, but never a description', () => {
    const { signal, first } = begin();
    first.accept();
    first.say(welcome(false));
    first.close();
    signal.send({ type: 'set_media', microphone: false, camera: true });
    expect(signal.send({ type: 'subscribe', connection: 'c' })).toBe(false);
    vi.advanceTimersByTime(300);
    const second = FarEnd.opened[1];
    second?.accept();
    second?.say(welcome(true));
    expect(second?.sent.map((message) => message.type)).toEqual(['hello', 'set_media']);
  });

  it('pings each four seconds and takes twelve silent ones for death', () => {
    const { signal, first } = begin();
    first.accept();
    first.say(welcome(false));
    vi.advanceTimersByTime(12_000);
    expect(first.sent.filter((message) => message.type === 'ping')).toHaveLength(3);
    expect(signal.state).toBe('open');
    vi.advanceTimersByTime(4000);
    expect(signal.state).toBe('lost');
  });

  it('does not come back after a goodbye that says so', () => {
    const { signal, heard, first } = begin();
    first.accept();
    first.say(welcome(false));
    first.say({ type: 'goodbye', code: 'removed', message: '', retry: false });
    expect(signal.state).toBe('stopped');
    vi.advanceTimersByTime(60_000);
    expect(FarEnd.opened).toHaveLength(1);
    expect(heard[heard.length - 1]).toMatchObject({ type: 'goodbye' });
  });

  it('does not wait for the timer when the network comes back', () => {
    const { first } = begin();
    first.accept();
    first.say(welcome(false));
    window.dispatchEvent(new Event('offline'));
    expect(FarEnd.opened).toHaveLength(1);
    window.dispatchEvent(new Event('online'));
    expect(FarEnd.opened).toHaveLength(2);
  });
});

describe('acts', () => {
  it('ends with the answer to its own request', async () => {
    const sent: ClientMessage[] = [];
    const acts = new Acts((message) => sent.push(message) > 0, () => true);
    const leave = acts.perform({ type: 'leave' });
    const lobby = acts.perform({ type: 'open_lobby' });
    const requests = sent.map((message) => ('request' in message ? message.request : ''));
    acts.hear({ type: 'accepted', request: requests[1] ?? '' });
    acts.hear({ type: 'error', request: requests[0] ?? '', code: 'wrong_state', message: 'no', fatal: false, utterance: null });
    await expect(lobby).resolves.toBeUndefined();
    await expect(leave).rejects.toMatchObject({ code: 'wrong_state', message: 'no' });
  });

  it('does not know what became of an act whose socket broke', async () => {
    const acts = new Acts(() => true, () => true);
    const act = acts.perform({ type: 'leave' });
    acts.connectionLost();
    await expect(act).rejects.toBeInstanceOf(ActRefused);
    await expect(act).rejects.toMatchObject({ code: 'uncertain' });
  });

  it('still waits for an act that has not been sent yet', async () => {
    const sent: ClientMessage[] = [];
    const acts = new Acts((message) => sent.push(message) > 0, () => false);
    const act = acts.perform({ type: 'leave' });
    acts.connectionLost();
    acts.hear(welcome(true));
    const message = sent[0];
    acts.hear({ type: 'accepted', request: message !== undefined && 'request' in message ? message.request : '' });
    await expect(act).resolves.toBeUndefined();
  });
});
