/**
 * Plays one channel of the archive in one media element, through Media Source Extensions, at the position it is told.
 *
 * Each segment is a whole file whose own time begins at 0; `timestampOffset` puts it at its place on the hearing clock, so
 * every channel shares one scale whatever its gaps. Only a window around the position is held in memory.
 */

import { fetchSegment } from '../net/api';
import { segmentAt, segmentsWithin, type Channel, type ChannelSegment, type Timeline } from './timeline';

/** What a channel has to show at the present position. */
export type ChannelState =
  /** Playing, or ready to. */
  | 'ready'
  /** The bytes are on their way; the clock waits. */
  | 'loading'
  /** Nothing was sent at this time: camera off, or not in the room. */
  | 'empty'
  /** Something was recorded, but this browser cannot show it or the file cannot be read. */
  | 'unreadable';

/** Seconds kept loaded ahead of and behind the position. */
const AHEAD_S = 30;
const BEHIND_S = 10;
/** Seconds from the position beyond which memory is given back. */
const KEEP_S = 60;
/** Differences up to this are levelled by speed, larger ones by a jump; a listener notices neither. */
const JUMP_BEYOND_S = 0.25;
const LEVEL_BEYOND_S = 0.025;
const LEVEL_BY = 0.04;
/** While standing, the picture is placed to the frame. */
const STILL_WITHIN_S = 0.02;
const TRIES_PER_SEGMENT = 3;

export class ChannelPlayer {
  private source: MediaSource | null = null;
  private buffer: SourceBuffer | null = null;
  private objectUrl = '';
  private bufferMimeType = '';
  private readonly loaded = new Set<number>();
  private readonly tries = new Map<number, number>();
  private readonly closing = new AbortController();
  private filling = false;
  private positionS = 0;

  constructor(
    private readonly element: HTMLMediaElement,
    private readonly channel: Channel,
    private readonly timeline: Timeline,
    private readonly token: string | undefined,
  ) {
    element.preservesPitch = true;
    this.open();
  }

  /** Places the element at `positionS` and lets it run or stand; called several times a second. */
  follow(positionS: number, rate: number, running: boolean): ChannelState {
    this.positionS = positionS;
    if (this.element.error !== null) this.reopen();
    void this.fill();
    const at = segmentAt(this.channel.segments, this.timeline.startMs + positionS * 1000);
    if (at === -1) return this.rest('empty');
    if (this.isGivenUp(at)) return this.rest('unreadable');
    if (!this.loaded.has(at)) return this.rest('loading');
    if (!this.holds(positionS)) return this.rest('ready');
    this.align(positionS, rate, running);
    return 'ready';
  }

  /** Tries again what could not be read before: the network may be back. */
  retry(): void {
    for (const at of this.tries.keys()) if (!this.loaded.has(at)) this.tries.delete(at);
  }

  /** Stops loading and gives everything back. May be called twice. */
  close(): void {
    this.closing.abort();
    this.element.pause();
    this.detach();
  }

  private open(): void {
    const source = new MediaSource();
    this.source = source;
    this.objectUrl = URL.createObjectURL(source);
    this.element.src = this.objectUrl;
    source.addEventListener(
      'sourceopen',
      () => {
        if (this.source !== source) return;
        source.duration = this.timeline.durationS;
        void this.fill();
      },
      { once: true, signal: this.closing.signal },
    );
  }

  /** A file the decoder refuses ends the whole MediaSource, so a new one is made; the culprit has used up one try. */
  private reopen(): void {
    this.detach();
    this.loaded.clear();
    this.open();
  }

  private detach(): void {
    this.source = null;
    this.buffer = null;
    this.bufferMimeType = '';
    this.element.removeAttribute('src');
    this.element.load();
    if (this.objectUrl !== '') URL.revokeObjectURL(this.objectUrl);
    this.objectUrl = '';
  }

  private rest(state: ChannelState): ChannelState {
    if (!this.element.paused) this.element.pause();
    return state;
  }

  private align(positionS: number, rate: number, running: boolean): void {
    const ahead = this.element.currentTime - positionS;
    if (!running) {
      this.rest('ready');
      if (Math.abs(ahead) > STILL_WITHIN_S && !this.element.seeking) this.element.currentTime = positionS;
      return;
    }
    if (Math.abs(ahead) > JUMP_BEYOND_S * Math.max(1, rate)) {
      if (!this.element.seeking) this.element.currentTime = positionS;
    }
    const level = Math.abs(ahead) > LEVEL_BEYOND_S ? 1 - Math.sign(ahead) * LEVEL_BY : 1;
    if (this.element.playbackRate !== rate * level) this.element.playbackRate = rate * level;
    // A refused play() leaves the element standing; the next call tries again, after the reader's press on 播放.
    if (this.element.paused) this.element.play().catch(() => undefined);
  }

  /** Whether the element can show `positionS`; a picture may begin a moment after its segment, at the first key frame. */
  private holds(positionS: number): boolean {
    const ranges = this.element.buffered;
    for (let at = 0; at < ranges.length; at += 1) {
      if (positionS >= ranges.start(at) - 0.05 && positionS < ranges.end(at)) return true;
    }
    return false;
  }

  private isGivenUp(at: number): boolean {
    const segment = this.channel.segments[at];
    if (segment === undefined || !MediaSource.isTypeSupported(segment.mimeType)) return true;
    return (this.tries.get(at) ?? 0) >= TRIES_PER_SEGMENT && !this.loaded.has(at);
  }

  private nextWanted(): number | undefined {
    const nowMs = this.timeline.startMs + this.positionS * 1000;
    const ahead = segmentsWithin(this.channel.segments, nowMs, nowMs + AHEAD_S * 1000);
    const behind = segmentsWithin(this.channel.segments, nowMs - BEHIND_S * 1000, nowMs).reverse();
    return [...ahead, ...behind].find((at) => !this.loaded.has(at) && !this.isGivenUp(at));
  }

  /** Loads what the window lacks, nearest first, one file at a time. Only one run is active. */
  private async fill(): Promise<void> {
    if (this.filling || this.source?.readyState !== 'open') return;
    this.filling = true;
    try {
      for (let at = this.nextWanted(); at !== undefined; at = this.nextWanted()) {
        const segment = this.channel.segments[at];
        const source = this.source;
        if (segment === undefined || source === null || source.readyState !== 'open') break;
        this.tries.set(at, (this.tries.get(at) ?? 0) + 1);
        if (await this.load(source, segment)) this.loaded.add(at);
        if (this.closing.signal.aborted) break;
      }
      if (!this.closing.signal.aborted) await this.giveBack();
    } finally {
      this.filling = false;
    }
  }

  private async load(source: MediaSource, segment: ChannelSegment): Promise<boolean> {
    try {
      const bytes = await fetchSegment(segment.url, this.closing.signal, this.token);
      if (this.source !== source || source.readyState !== 'open') return false;
      const buffer = this.bufferFor(source, segment.mimeType);
      // Resets the parser: these files end without saying so.
      buffer.abort();
      buffer.timestampOffset = (segment.startMs - this.timeline.startMs) / 1000;
      return await appended(buffer, bytes);
    } catch {
      return false;
    }
  }

  private bufferFor(source: MediaSource, mimeType: string): SourceBuffer {
    if (this.buffer === null) this.buffer = source.addSourceBuffer(mimeType);
    else if (this.bufferMimeType !== mimeType) this.buffer.changeType(mimeType);
    this.bufferMimeType = mimeType;
    return this.buffer;
  }

  /** Removes what lies farther than `KEEP_S` from the position. */
  private async giveBack(): Promise<void> {
    const keepFromMs = this.timeline.startMs + (this.positionS - KEEP_S) * 1000;
    const keepToMs = this.timeline.startMs + (this.positionS + KEEP_S) * 1000;
    for (const at of [...this.loaded]) {
      const segment = this.channel.segments[at];
      if (segment === undefined || (segment.endMs > keepFromMs && segment.startMs < keepToMs)) continue;
      if (this.buffer === null || this.source?.readyState !== 'open') return;
      const fromS = (segment.startMs - this.timeline.startMs) / 1000;
      const toS = (segment.endMs - this.timeline.startMs) / 1000;
      this.loaded.delete(at);
      this.tries.delete(at);
      await removed(this.buffer, Math.max(0, fromS), toS);
    }
  }
}

function settled(buffer: SourceBuffer): Promise<boolean> {
  return new Promise((resolve) => {
    const finish = (event: Event): void => {
      for (const name of ['updateend', 'error'] as const) buffer.removeEventListener(name, finish);
      resolve(event.type === 'updateend');
    };
    for (const name of ['updateend', 'error'] as const) buffer.addEventListener(name, finish);
  });
}

function appended(buffer: SourceBuffer, bytes: ArrayBuffer): Promise<boolean> {
  const done = settled(buffer);
  buffer.appendBuffer(bytes);
  return done;
}

function removed(buffer: SourceBuffer, fromS: number, toS: number): Promise<boolean> {
  const done = settled(buffer);
  buffer.remove(fromS, toS);
  return done;
}
