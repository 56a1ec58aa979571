import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Lifeline } from '../src/media/lifeline';

/** A connection of which only its state is looked at. */
class Connection extends EventTarget {
  connectionState: RTCPeerConnectionState = 'new';

  become(state: RTCPeerConnectionState): void {
    this.connectionState = state;
    this.dispatchEvent(new Event('connectionstatechange'));
  }
}

function begin() {
  const connection = new Connection();
  const told: string[] = [];
  const socket = { heardAt: 0 };
  const lifeline = new Lifeline(connection as unknown as RTCPeerConnection, {
    onConnected: () => told.push('connected'),
    onSilence: (silent) => told.push(silent ? 'silent' : 'heard again'),
    onDoubt: () => told.push('doubt'),
    onDead: () => told.push('dead'),
    socketHeardAt: () => socket.heardAt,
  });
  return { connection, told, socket, lifeline };
}

/** Looks twice a second; something came at each look until `untilMs`. */
function listen(lifeline: Lifeline, fromMs: number, untilMs: number, signs: (atMs: number) => number): void {
  for (let at = fromMs; at <= untilMs; at += 500) lifeline.heard(signs(at), at);
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe('a connection', () => {
  it('is dead when it does not connect in time, and told so once', () => {
    const { told, connection } = begin();
    vi.advanceTimersByTime(1_499);
    expect(told).toEqual([]);
    vi.advanceTimersByTime(8_500);
    expect(told).toEqual(['doubt']);
    vi.advanceTimersByTime(1);
    connection.become('failed');
    expect(told).toEqual(['doubt', 'dead']);
  });

  it('is in no doubt once it is connected', () => {
    const { told, connection } = begin();
    connection.become('connected');
    vi.advanceTimersByTime(20_000);
    expect(told).toEqual(['connected']);
  });

  it('is suspected after a second in which nothing came', () => {
    const { told, lifeline } = begin();
    listen(lifeline, 0, 10_000, (at) => at);
    lifeline.heard(10_000, 10_500);
    expect(told).toEqual([]);
    lifeline.heard(10_000, 11_000);
    expect(told).toEqual(['silent']);
    expect(lifeline.silent).toBe(true);
  });

  it('is not suspected while the server says something twice a second, and one message of it is lost', () => {
    const { told, lifeline } = begin();
    listen(lifeline, 0, 30_000, (at) => Math.floor(at / 1000) * 2 + (at % 1000 === 500 && at !== 20_500 ? 1 : 0));
    expect(told).toEqual([]);
  });

  it('lives through silence while the socket is silent too, and is itself again afterwards', () => {
    const { told, lifeline } = begin();
    listen(lifeline, 0, 10_000, (at) => at);
    listen(lifeline, 10_500, 40_000, () => 10_000);
    listen(lifeline, 40_500, 41_000, (at) => at);
    expect(told).toEqual(['silent', 'heard again']);
    expect(lifeline.silent).toBe(false);
  });

  it('is dead after two seconds of silence in which the socket answered', () => {
    const { told, lifeline, socket } = begin();
    listen(lifeline, 0, 10_000, (at) => at);
    lifeline.heard(10_000, 11_000);
    socket.heardAt = 11_100;
    lifeline.heard(10_000, 11_500);
    expect(told).toEqual(['silent']);
    lifeline.heard(10_000, 12_000);
    expect(told).toEqual(['silent', 'dead']);
  });

  it('is given a moment when the socket comes back a little sooner after an outage', () => {
    const { told, lifeline, socket } = begin();
    listen(lifeline, 0, 10_000, (at) => at);
    listen(lifeline, 10_500, 20_000, () => 10_000);
    socket.heardAt = 20_100;
    lifeline.heard(10_000, 20_500);
    lifeline.heard(20_900, 21_000);
    expect(told).toEqual(['silent', 'heard again']);
  });
});
