/** Plays a whole archived hearing: one clock, and every channel kept in step with it. Owner of the channel players. */

import type { ChannelPlayer, ChannelState } from './channelPlayer';
import { MasterClock } from './masterClock';
import { clampPosition, isRecorded, nextRecorded, type Timeline } from './timeline';

/** What the screen shows of the playback. */
export interface PlaybackView {
  positionS: number;
  /** The reader pressed play; the clock may still wait for bytes. */
  playing: boolean;
  waiting: boolean;
  /** Between two spans of recording: recess or interruption. */
  inGap: boolean;
  channels: readonly ChannelState[];
}

/** Often enough that a difference of one frame at triple speed is seen, seldom enough to cost nothing. */
const TICK_MS = 80;

const LAST_PICTURE_S = 0.05;

export class ArchivePlayer {
  private readonly clock: MasterClock;
  private readonly timer: ReturnType<typeof setInterval>;
  private playing = false;
  private skipsGaps = true;
  private waiting = true;

  constructor(
    private readonly timeline: Timeline,
    private readonly channels: readonly ChannelPlayer[],
    private readonly show: (view: PlaybackView) => void,
    nowMs: () => number = () => performance.now(),
  ) {
    this.clock = new MasterClock(nowMs);
    this.timer = setInterval(() => this.tick(), TICK_MS);
  }

  play(): void {
    if (this.clock.position() >= this.timeline.durationS) this.clock.seek(0);
    this.playing = true;
    for (const channel of this.channels) channel.retry();
    this.tick();
  }

  pause(): void {
    this.playing = false;
    this.tick();
  }

  /** The clock stands until every element has arrived. */
  seek(positionS: number): void {
    this.clock.stand();
    this.clock.seek(clampPosition(this.timeline, positionS));
    this.tick();
  }

  setRate(rate: number): void {
    this.clock.setRate(rate);
    this.tick();
  }

  /** Whether playback jumps over recesses, or shows them as they were: silent, in full length. */
  setSkipsGaps(skips: boolean): void {
    this.skipsGaps = skips;
    this.tick();
  }

  close(): void {
    clearInterval(this.timer);
    for (const channel of this.channels) channel.close();
  }

  private tick(): void {
    if (this.playing && this.skipsGaps) this.jumpOverGap();
    const positionS = clampPosition(this.timeline, this.clock.position());
    if (positionS >= this.timeline.durationS) this.playing = false;
    const channels = this.follow(positionS, this.clock.running && this.playing);
    if (this.playing && !this.waiting && !this.clock.running) {
      this.clock.run();
      // All elements begin with the clock, not a tick later.
      this.follow(positionS, true);
    } else if (this.clock.running && (this.waiting || !this.playing)) this.clock.stand();
    this.show({
      positionS,
      playing: this.playing,
      waiting: this.waiting,
      inGap: !isRecorded(this.timeline, positionS) && positionS < this.timeline.durationS,
      channels,
    });
  }

  /** What comes next is only loaded once everything that is needed now is there. */
  private follow(positionS: number, running: boolean): ChannelState[] {
    const looksAhead = !this.waiting;
    // At the end the last picture stays.
    const shownS = Math.min(positionS, this.timeline.durationS - LAST_PICTURE_S);
    const channels = this.channels.map((channel) => channel.follow(shownS, this.clock.rate, running, looksAhead));
    this.waiting = channels.includes('loading');
    return channels;
  }

  private jumpOverGap(): void {
    const positionS = this.clock.position();
    const next = nextRecorded(this.timeline, positionS);
    if (next <= positionS) return;
    this.clock.stand();
    this.clock.seek(next);
  }
}
