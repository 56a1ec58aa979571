import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ArchivePlayer, type PlaybackView } from '../../src/archive/archivePlayer';
import type { ChannelPlayer, ChannelState } from '../../src/archive/channelPlayer';

/** Stands for a media element with its MediaSource, which only a real browser has; playwright tests the real one. */
class ListenedChannel {
  state: ChannelState = 'ready';
  followed: { positionS: number; rate: number; running: boolean; looksAhead: boolean }[] = [];
  closed = 0;
  retry(): void {}
  close(): void {
    this.closed += 1;
  }
  follow(positionS: number, rate: number, running: boolean, looksAhead: boolean): ChannelState {
    this.followed.push({ positionS, rate, running, looksAhead });
    return this.state;
  }
}

const timeline = { startMs: 0, durationS: 100, spans: [{ fromS: 0, toS: 20, endCause: 'recess' }, { fromS: 60, toS: 100, endCause: 'closed' }] };

describe('the archive player', () => {
  let now = 0;
  let view: PlaybackView;
  let channel: ListenedChannel;
  let player: ArchivePlayer;

  beforeEach(() => {
    vi.useFakeTimers();
    now = 0;
    view = { positionS: 0, playing: false, waiting: false, inGap: false, channels: [] };
    channel = new ListenedChannel();
    player = new ArchivePlayer(timeline, [channel as unknown as ChannelPlayer], (shown) => (view = shown), () => now);
  });
  afterEach(() => {
    player.close();
    vi.useRealTimers();
  });

  function pass(ms: number): void {
    for (let left = ms; left > 0; left -= 80) {
      now += Math.min(80, left);
      vi.advanceTimersByTime(80);
    }
  }

  it('moves only while playing', () => {
    pass(800);
    expect(view.positionS).toBe(0);
    player.play();
    pass(800);
    expect(view.positionS).toBeGreaterThan(0.5);
    player.pause();
    const stoodAt = view.positionS;
    pass(800);
    expect(view.positionS).toBe(stoodAt);
  });

  it('waits for bytes and then goes on without a jump', () => {
    player.play();
    pass(1_600);
    channel.state = 'loading';
    pass(4_000);
    expect(view.waiting).toBe(true);
    const waitedAt = view.positionS;
    channel.state = 'ready';
    pass(800);
    expect(view.positionS - waitedAt).toBeLessThan(1);
    expect(view.positionS).toBeGreaterThan(waitedAt);
  });

  it('lets nothing run while it looks for the new place, and loads what comes next only when all are there', () => {
    player.play();
    pass(800);
    channel.state = 'loading';
    player.seek(80);
    pass(400);
    expect(channel.followed.at(-1)).toMatchObject({ positionS: 80, running: false, looksAhead: false });
    channel.state = 'ready';
    pass(160);
    expect(channel.followed.at(-1)).toMatchObject({ running: true, looksAhead: true });
  });

  it('does not wait for a channel that has nothing to play', () => {
    for (const state of ['off', 'lost', 'away', 'suspended', 'unreadable', 'altered'] as const) {
      channel.state = state;
      const from = view.positionS;
      player.play();
      pass(800);
      expect(view.waiting).toBe(false);
      expect(view.positionS).toBeGreaterThan(from);
    }
  });

  it('jumps over a recess, or shows it when asked', () => {
    player.seek(19.9);
    player.play();
    pass(400);
    expect(view.positionS).toBeGreaterThanOrEqual(60);
    player.setSkipsGaps(false);
    player.seek(30);
    pass(400);
    expect(view.inGap).toBe(true);
    expect(view.positionS).toBeLessThan(31);
  });

  it('stops at the end, and play begins again from the start', () => {
    player.seek(99.9);
    player.play();
    pass(800);
    expect(view.playing).toBe(false);
    expect(view.positionS).toBe(100);
    player.play();
    pass(160);
    expect(view.positionS).toBeLessThan(1);
  });

  it('passes the rate on, and keeps positions inside the recording', () => {
    player.setRate(3);
    player.seek(500);
    expect(view.positionS).toBe(100);
    player.seek(-5);
    expect(view.positionS).toBe(0);
    expect(channel.followed[channel.followed.length - 1]?.rate).toBe(3);
  });

  it('closes its channels', () => {
    player.close();
    expect(channel.closed).toBe(1);
  });
});
