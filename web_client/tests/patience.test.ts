import { describe, expect, it } from 'vitest';
import { Patience, Patiences } from '../src/media/patience';

/** Each second 100 packets come and `asked` are asked for again. */
function seconds(patience: Patience, count: number, asked: number, roundTripMs: number, from = 0): number | null {
  let waits: number | null = null;
  for (let n = from + 1; n <= from + count; n += 1) waits = patience.hear(n * asked, n * 100, roundTripMs);
  return waits;
}

describe('patience', () => {
  it('is nothing on a clean or a short way', () => {
    expect(seconds(new Patience(), 10, 0, 300)).toBeNull();
    expect(seconds(new Patience(), 10, 1, 300)).toBeNull();
    expect(seconds(new Patience(), 10, 8, 20)).toBeNull();
  });

  it('is a round trip and a little where packets get lost over a long way', () => {
    expect(seconds(new Patience(), 2, 5, 210)).toBe(300);
    expect(seconds(new Patience(), 2, 5, 900)).toBe(400);
  });

  it('stays through short clean times and ends after a long one', () => {
    const patience = new Patience();
    expect(patience.hear(5, 100, 210)).toBe(300);
    for (let n = 2; n <= 30; n += 1) expect(patience.hear(5, n * 100, 210)).toBe(300);
    expect(patience.hear(5, 3100, 210)).toBeNull();
  });

  it('bears a connection made anew, whose totals begin again', () => {
    const patience = new Patience();
    patience.hear(50, 1000, 210);
    expect(patience.hear(0, 10, 210)).toBe(300);
  });
});

describe('patience with one speaker', () => {
  it('begins when pictures freeze while packets are missing, whatever the round trip', () => {
    const patience = new Patience();
    expect(patience.hear(1, 20, 2, 0)).toBeNull();
    expect(patience.hear(1, 40, 2, 1)).toBe(400);
  });

  it('does not begin when a busy computer shows pictures late', () => {
    const patience = new Patience();
    expect([1, 2, 3].map((n) => patience.hear(0, n * 20, 2, n))).toEqual([null, null, null]);
  });

  it("is with the line that froze, and with all when the way is one's own", () => {
    const receivers = ['0', '1'].map((mid) => ({ mid, receiver: { jitterBufferTarget: null as number | null } }));
    const connection = { getTransceivers: () => receivers } as unknown as RTCPeerConnection;
    const patiences = new Patiences();
    const clean = { asked: 0, received: 100, freezes: 0 };
    patiences.heed(connection, new Map([['0', clean], ['1', { asked: 2, received: 100, freezes: 1 }]]), 2);
    expect(receivers.map(({ receiver }) => receiver.jitterBufferTarget)).toEqual([null, 400]);
    const lossy = { asked: 10, received: 200, freezes: 1 };
    patiences.heed(connection, new Map([['0', lossy], ['1', lossy]]), 310);
    expect(receivers.map(({ receiver }) => receiver.jitterBufferTarget)).toEqual([400, 400]);
  });
});
