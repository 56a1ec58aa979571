/** Plays one channel of the archive in one media element, through Media Source Extensions, at the position it is told. */

import { absenceAt, gapAt, segmentAt, type Absence, type Channel } from './channels';
import { Levelling } from './levelling';
import { MediaWindow } from './mediaWindow';
import type { Timeline } from './timeline';

/** What a channel has to show at the present position. */
export type ChannelState =
  /** Playing, or ready to. */
  | 'ready'
  /** The bytes or the decoder are on their way; the clock waits. */
  | 'loading'
  /** Something was recorded, but this browser cannot show it or the file cannot be read. */
  | 'unreadable'
  /** The bytes are not those that were sealed; they are not shown. */
  | 'altered'
  | Absence;

/** While standing, the picture is placed to the frame. */
const STILL_WITHIN_S = 0.02;
/** A picture begins a moment after its file, at the first key frame, and its last frame stays. */
const BEGINS_WITHIN_S = 0.05;
const LAST_FRAME_S = 0.6;
/** An element that joins while the others run aims so far ahead: what a jump costs. */
const JUMP_COSTS_S = 0.1;
/** Before a hole in the channel there may be too little left for the decoder to come up; the clock does not wait for it. */
const LITTLE_LEFT_S = 0.5;
/** Nor does it wait longer than this for a decoder that does not come up at all. */
const PATIENCE_MS = 8_000;
/** A voice begins to sound so long after it was started; learnt while playing, at first what browsers need. */
const startCost = { s: 0.08, atMostS: 0.25, learntAfterMs: 200 };
/** A jump that does not end in this time is made anew. */
const JUMP_WITHIN_MS = 2_000;

export class ChannelPlayer {
  private readonly window: MediaWindow;
  private readonly levelling = new Levelling();
  private jumpedAtMs = 0;
  /** Since when the clock waits for this element. */
  private awaitedSinceMs: number | null = null;
  /** When the element was started, while nothing has been learnt of it yet. */
  private startedAtMs: number | null = null;

  constructor(
    private readonly element: HTMLMediaElement,
    private readonly channel: Channel,
    private readonly timeline: Timeline,
    token: string | undefined,
  ) {
    element.preservesPitch = true;
    this.window = new MediaWindow(element, channel, timeline, token);
  }

  /** Places the element at `positionS` and lets it run or stand. With `looksAhead` it also loads what comes next. */
  follow(positionS: number, rate: number, running: boolean, looksAhead: boolean): ChannelState {
    this.window.aim(positionS, looksAhead);
    const hearingMs = this.timeline.startMs + positionS * 1000;
    const at = segmentAt(this.channel.segments, hearingMs);
    if (at === -1) return this.rest(absenceAt(this.channel, this.timeline, hearingMs));
    const file = this.window.stateOf(at);
    if (file !== 'loaded') return this.rest(file);
    if (!this.holds(positionS)) return this.rest('lost');
    // What follows at once has to be there too: a decoder does not come up on the last frames alone.
    if (!running && this.lacksNext(at, hearingMs)) return this.rest('loading');
    const state = running ? this.run(positionS, rate) : this.stand(positionS, rate);
    return state === 'ready' && gapAt(this.channel, hearingMs) !== undefined ? 'lost' : state;
  }

  retry(): void {
    this.window.retry();
  }

  /** Stops loading and gives everything back. May be called twice. */
  close(): void {
    this.element.pause();
    this.window.close();
  }

  private lacksNext(at: number, hearingMs: number): boolean {
    const next = this.channel.segments[at + 1];
    return next !== undefined && next.startMs < hearingMs + LITTLE_LEFT_S * 1000 && this.window.stateOf(at + 1) === 'loading';
  }

  private rest(state: ChannelState): ChannelState {
    if (!this.element.paused) this.element.pause();
    this.startedAtMs = null;
    delete this.element.dataset['aheadMs'];
    return state;
  }

  private stand(positionS: number, rate: number): ChannelState {
    // A voice waits a little ahead, so that it is in step once it sounds.
    const leadS = this.channel.source === 'microphone' ? startCost.s * rate : 0;
    const waitsAtS = Math.max(positionS, Math.min(positionS + leadS, this.heldUntilS(positionS) - LITTLE_LEFT_S));
    if (Math.abs(this.element.currentTime - waitsAtS) > STILL_WITHIN_S) this.jump(waitsAtS);
    const there = !this.element.seeking && this.element.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA;
    return this.rest(there || this.isHopeless(positionS) ? 'ready' : 'loading');
  }

  private run(positionS: number, rate: number): ChannelState {
    const aheadS = this.element.currentTime - positionS;
    const correction = this.levelling.correct(aheadS, rate);
    if (correction.jump) this.jump(positionS + JUMP_COSTS_S * rate);
    else if (this.element.playbackRate !== correction.rate) this.element.playbackRate = correction.rate;
    // How far this element is from the clock, for whoever measures.
    if (!this.element.seeking) this.element.dataset['aheadMs'] = (aheadS * 1000).toFixed(1);
    // A refused play() leaves the element standing; the next call tries again, after the reader's press on 播放.
    if (this.element.paused) this.start();
    else this.learn(aheadS / rate);
    return 'ready';
  }

  private start(): void {
    this.startedAtMs = performance.now();
    this.element.play().catch(() => undefined);
  }

  /** How far a voice is off just after its start says by how much the next one has to wait further ahead. */
  private learn(aheadS: number): void {
    if (this.channel.source !== 'microphone' || this.startedAtMs === null) return;
    if (performance.now() - this.startedAtMs < startCost.learntAfterMs) return;
    this.startedAtMs = null;
    startCost.s = Math.min(Math.max(startCost.s - aheadS / 4, 0), startCost.atMostS);
  }

  private jump(positionS: number): void {
    const nowMs = performance.now();
    // A jump that is under way is waited for, unless it leads elsewhere.
    const elsewhere = Math.abs(this.element.currentTime - positionS) > 1;
    if (this.element.seeking && !elsewhere && nowMs - this.jumpedAtMs < JUMP_WITHIN_MS) return;
    this.jumpedAtMs = nowMs;
    this.awaitedSinceMs = null;
    this.element.currentTime = positionS;
  }

  /** Whether it is of no use to wait for the element any longer. */
  private isHopeless(positionS: number): boolean {
    const nowMs = performance.now();
    this.awaitedSinceMs ??= nowMs;
    return this.heldUntilS(positionS) - positionS < LITTLE_LEFT_S || nowMs - this.awaitedSinceMs > PATIENCE_MS;
  }

  /** Whether the element can show `positionS`: a file may begin without a key frame. */
  private holds(positionS: number): boolean {
    return this.heldUntilS(positionS) > Number.NEGATIVE_INFINITY;
  }

  /** Where what is in memory around `positionS` ends. */
  private heldUntilS(positionS: number): number {
    const ranges = this.element.buffered;
    for (let at = 0; at < ranges.length; at += 1) {
      if (positionS >= ranges.start(at) - BEGINS_WITHIN_S && positionS < ranges.end(at) + LAST_FRAME_S) return ranges.end(at);
    }
    return Number.NEGATIVE_INFINITY;
  }
}
