import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Peer, type Recovery } from '../src/media/peer';
import type { ClientMessage, IceServer, Welcome } from '../src/protocol/messages.gen';

/** A connection that stays where it is put; what is sent over it is not looked at. */
class Connection extends EventTarget {
  static made: Connection[] = [];
  connectionState: RTCPeerConnectionState = 'new';
  signalingState = 'stable';
  localDescription = { sdp: 'offer' };
  sent = new Map<string, unknown>();
  lines = 0;

  constructor(readonly configuration: RTCConfiguration) {
    super();
    Connection.made.push(this);
  }

  addTransceiver(what: MediaStreamTrack | string): unknown {
    const kind = typeof what === 'string' ? what : what.kind;
    this.lines += 1;
    this.sent.set(kind, typeof what === 'string' ? null : what);
    const sender = {
      replaceTrack: (track: unknown) => Promise.resolve(void this.sent.set(kind, track)),
      getParameters: () => ({ encodings: [] }),
      setParameters: () => Promise.resolve(),
    };
    return { mid: kind, sender };
  }

  createOffer = () => Promise.resolve({});
  setLocalDescription = () => Promise.resolve();
  getTransceivers = () => [];
  /** Something comes in all the time. */
  getStats = () => Promise.resolve(new Map([['pair', { type: 'candidate-pair', bytesReceived: performance.now() }]]));
  close = () => undefined;

  become(state: RTCPeerConnectionState): void {
    this.connectionState = state;
    this.dispatchEvent(new Event('connectionstatechange'));
  }
}

const RELAY: IceServer = { urls: ['turns:court:443'], username: '1:me', credential: 'secret' };
const CAMERA = { kind: 'video', getSettings: () => ({}) } as unknown as MediaStreamTrack;
const MICROPHONE = { kind: 'audio' } as unknown as MediaStreamTrack;

let recoveries: Recovery[] = [];

function publishing(relays: IceServer[]): Peer {
  const peer = new Peer({
    send: (_message: ClientMessage) => true,
    onTracks: () => undefined,
    onQuality: () => undefined,
    onRecovery: (recovery) => recoveries.push(recovery),
    onDoubt: () => undefined,
    socketHeardAt: () => 0,
  });
  peer.hear({ type: 'welcome', ice_servers: relays } as unknown as Welcome);
  peer.socketChanged(true);
  peer.capture('microphone', MICROPHONE);
  peer.capture('camera', CAMERA);
  peer.allow(['microphone', 'camera']);
  return peer;
}

const newest = (): Connection => Connection.made.at(-1) as Connection;

/** The connection of the moment fails after `triedMs`, and the next one is made. */
async function fails(triedMs = 3000): Promise<void> {
  const before = newest();
  await vi.advanceTimersByTimeAsync(triedMs);
  before.become('failed');
  for (let waitedMs = 0; waitedMs <= 8000 && newest() === before; waitedMs += 100) await vi.advanceTimersByTimeAsync(100);
  expect(newest()).not.toBe(before);
}

let peer: Peer;

beforeEach(() => {
  vi.useFakeTimers();
  Connection.made = [];
  recoveries = [];
  vi.stubGlobal('RTCPeerConnection', Connection);
});
afterEach(() => {
  peer.close();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe('a screen', () => {
  const SCREEN = { kind: 'video', label: 'screen' } as unknown as MediaStreamTrack;

  it('gets a line of its own on the connection there is', () => {
    peer = publishing([]);
    peer.allow(['microphone', 'camera', 'screen']);
    expect(newest().lines).toBe(2);
    peer.capture('screen', SCREEN);
    expect(Connection.made.length).toBe(1);
    expect(newest().lines).toBe(3);
    peer.capture('screen', null);
    peer.capture('screen', SCREEN);
    expect(newest().lines).toBe(3);
  });

  it('waits for no answer that would not fit', () => {
    peer = publishing([]);
    peer.allow(['microphone', 'camera', 'screen']);
    newest().signalingState = 'have-local-offer';
    peer.capture('screen', SCREEN);
    expect(Connection.made.length).toBe(2);
    expect(newest().lines).toBe(3);
  });

  it('is not sent without leave', () => {
    peer = publishing([]);
    peer.capture('screen', SCREEN);
    expect(newest().lines).toBe(2);
  });
});

describe('the last step of the ladder', () => {
  it('is the relay alone with sound first, after three failed rebuilds', async () => {
    peer = publishing([RELAY]);
    expect(newest().configuration).toMatchObject({ iceServers: [RELAY], iceTransportPolicy: 'all' });
    for (let rebuild = 0; rebuild < 3; rebuild += 1) {
      await fails();
      expect(newest().configuration.iceTransportPolicy).toBe('all');
      expect(newest().sent.get('video')).toBe(CAMERA);
    }
    await fails();
    expect(newest().configuration).toMatchObject({ iceServers: [RELAY], iceTransportPolicy: 'relay' });
    expect(newest().sent).toEqual(new Map([['audio', MICROPHONE], ['video', null]]));
  });

  it('is not reached by failures that came at once, as while the browser does not know its new address', async () => {
    peer = publishing([RELAY]);
    for (let failure = 0; failure < 6; failure += 1) await fails(1);
    expect(newest().configuration.iceTransportPolicy).toBe('all');
    expect(newest().sent.get('video')).toBe(CAMERA);
  });

  it('gives the pictures back once the connection has held', async () => {
    peer = publishing([RELAY]);
    for (let failure = 0; failure < 4; failure += 1) await fails();
    newest().become('connected');
    peer.capture('camera', CAMERA);
    await vi.advanceTimersByTimeAsync(14_000);
    expect(newest().sent.get('video')).toBeNull();
    await vi.advanceTimersByTimeAsync(2000);
    expect(newest().sent.get('video')).toBe(CAMERA);
    expect(recoveries).toEqual(['rebuilding', 'sound_first', 'sound_only', 'none']);
  });

  it('is never a relay that does not exist', async () => {
    peer = publishing([]);
    for (let failure = 0; failure < 5; failure += 1) await fails();
    expect(newest().configuration.iceTransportPolicy).toBe('all');
    expect(newest().sent.get('video')).toBeNull();
  });
});
