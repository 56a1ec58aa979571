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

export class ArchivePlayer {
  private readonly clock: MasterClock;
  private readonly timer: ReturnType<typeof setInterval>;
  private playing = false;
  private skipsGaps = true;

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

  seek(positionS: number): void {
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
    const running = this.clock.running && this.playing;
    const channels = this.channels.map((channel) => channel.follow(positionS, this.clock.rate, running));
    const waiting = channels.includes('loading');
    if (this.playing && !waiting) this.clock.run();
    else if (this.clock.running) this.clock.stand();
    this.show({
      positionS,
      playing: this.playing,
      waiting,
      inGap: !isRecorded(this.timeline, positionS) && positionS < this.timeline.durationS,
      channels,
    });
  }

  private jumpOverGap(): void {
    const positionS = this.clock.position();
    const next = nextRecorded(this.timeline, positionS);
    if (next > positionS) this.clock.seek(next);
  }
}
