/**
 * The part of one channel that is in memory: files around the position, fetched just in time and given back behind it.
 *
 * Each file's own time begins at 0; `timestampOffset` puts it at its place on the hearing clock, so every channel shares one
 * scale whatever its gaps.
 */

import { fetchSegment } from '../net/api';
import { playedUntilMs, segmentsWithin, type Channel, type ChannelSegment } from './channels';
import { fillHoles } from './opusHoles';
import { isUnaltered } from './sealedBytes';
import type { Timeline } from './timeline';

export type FileState =
  | 'loading'
  | 'loaded'
  /** This browser cannot show it, or it cannot be fetched. */
  | 'unreadable'
  /** Its bytes are not those that were sealed; it is not played. */
  | 'altered';

/** Seconds from the position that have to be there before anything can be shown: a decoder wants to see what follows. */
const NEEDED_S = 1.5;
/** Seconds kept loaded ahead of and behind the position. */
const AHEAD_S = 30;
const BEHIND_S = 10;
/** Seconds from the position beyond which memory is given back. */
const KEEP_S = 60;
const TRIES_PER_FILE = 3;

export class MediaWindow {
  private source: MediaSource | null = null;
  /** Settles when the present source is open, or given up. */
  private opened: Promise<void> = Promise.resolve();
  private settleOpened: () => void = () => undefined;
  private buffer: SourceBuffer | null = null;
  private objectUrl = '';
  private bufferMimeType = '';
  private readonly loaded = new Set<number>();
  private readonly altered = new Set<number>();
  private readonly tries = new Map<number, number>();
  private closed = false;
  private filling = false;
  private fetching: { at: number; stop: AbortController } | null = null;
  private positionS = 0;
  private aheadS = 0;

  constructor(
    private readonly element: HTMLMediaElement,
    private readonly channel: Channel,
    private readonly timeline: Timeline,
    private readonly token: string | undefined,
  ) {
    this.open();
  }

  /** Loads what is needed at `positionS`; with `looksAhead` also what comes next. Called several times a second. */
  aim(positionS: number, looksAhead: boolean): void {
    this.positionS = positionS;
    this.aheadS = looksAhead ? AHEAD_S : 0;
    if (this.element.error !== null) this.reopen();
    const wanted = this.needed().find((at) => this.stateOf(at) === 'loading');
    if (this.fetching !== null && wanted !== undefined && !this.needed().includes(this.fetching.at)) this.fetching.stop.abort();
    void this.fill();
  }

  stateOf(at: number): FileState {
    if (this.loaded.has(at)) return 'loaded';
    if (this.altered.has(at)) return 'altered';
    const segment = this.channel.segments[at];
    if (segment === undefined || !MediaSource.isTypeSupported(segment.mimeType)) return 'unreadable';
    return (this.tries.get(at) ?? 0) >= TRIES_PER_FILE ? 'unreadable' : 'loading';
  }

  /** Tries again what could not be read before: the network may be back. */
  retry(): void {
    for (const at of this.tries.keys()) if (!this.loaded.has(at)) this.tries.delete(at);
  }

  /** Stops loading and gives everything back. May be called twice. */
  close(): void {
    this.closed = true;
    this.fetching?.stop.abort();
    this.detach();
  }

  /** Files without which nothing can be shown now. */
  private needed(): number[] {
    const nowMs = this.timeline.startMs + this.positionS * 1000;
    return segmentsWithin(this.channel.segments, nowMs, nowMs + NEEDED_S * 1000);
  }

  private open(): void {
    const source = new MediaSource();
    this.source = source;
    this.objectUrl = URL.createObjectURL(source);
    this.opened = new Promise((settle) => {
      this.settleOpened = settle;
    });
    const opened = (): void => {
      if (this.source !== source || this.closed) return;
      source.duration = this.timeline.durationS;
      this.settleOpened();
    };
    source.addEventListener('sourceopen', opened, { once: true });
    this.element.src = this.objectUrl;
  }

  /** A file the decoder refuses ends the whole MediaSource, so a new one is made; the culprit has used up one try. */
  private reopen(): void {
    this.detach();
    this.loaded.clear();
    this.open();
  }

  private detach(): void {
    this.settleOpened();
    this.source = null;
    this.buffer = null;
    this.bufferMimeType = '';
    this.element.removeAttribute('src');
    this.element.load();
    if (this.objectUrl !== '') URL.revokeObjectURL(this.objectUrl);
    this.objectUrl = '';
  }

  /** What is needed at once, then what comes, then what was just heard. */
  private nextWanted(): number | undefined {
    const nowMs = this.timeline.startMs + this.positionS * 1000;
    const lacks = (at: number): boolean => this.stateOf(at) === 'loading';
    const now = this.needed().find(lacks);
    if (now !== undefined || this.aheadS === 0) return now;
    const ahead = segmentsWithin(this.channel.segments, nowMs, nowMs + this.aheadS * 1000);
    const behind = segmentsWithin(this.channel.segments, nowMs - BEHIND_S * 1000, nowMs).reverse();
    return [...ahead, ...behind].find(lacks);
  }

  /** One file at a time, nearest first. Only one run is active. */
  private async fill(): Promise<void> {
    if (this.filling || this.closed || this.source === null || this.source.readyState === 'ended') return;
    this.filling = true;
    try {
      for (let at = this.nextWanted(); at !== undefined; at = this.nextWanted()) {
        const segment = this.channel.segments[at];
        const source = this.source;
        if (segment === undefined || source === null || source.readyState === 'ended') break;
        if (!(await this.load(source, segment, at))) this.tries.set(at, (this.tries.get(at) ?? 0) + 1);
        if (this.closed) return;
      }
      await this.giveBack();
    } finally {
      this.filling = false;
    }
  }

  /** False when it was tried in vain; a fetch that a seek made useless is none. */
  private async load(source: MediaSource, segment: ChannelSegment, at: number): Promise<boolean> {
    const stop = new AbortController();
    this.fetching = { at, stop };
    try {
      const sealed = await fetchSegment(segment.url, stop.signal, this.token);
      this.fetching = null;
      if (!(await isUnaltered(sealed, segment.sha256))) {
        this.altered.add(at);
        return true;
      }
      // The first file is fetched while the element opens.
      await this.opened;
      if (this.source !== source || source.readyState !== 'open') return false;
      const buffer = this.bufferFor(source, segment.mimeType);
      // Resets the parser: these files end without saying so.
      buffer.abort();
      buffer.timestampOffset = (segment.startMs - this.timeline.startMs) / 1000;
      if (!(await appended(buffer, this.playable(sealed, segment, at)))) return false;
      this.loaded.add(at);
      return true;
    } catch (error) {
      if (error instanceof DOMException && error.name === 'QuotaExceededError') await this.giveBack(AHEAD_S / 2);
      return stop.signal.aborted;
    } finally {
      this.fetching = null;
    }
  }

  private playable(sealed: ArrayBuffer, segment: ChannelSegment, at: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(sealed);
    if (!segment.mimeType.startsWith('audio/')) return bytes;
    return fillHoles(bytes, playedUntilMs(this.channel.segments, at) - segment.startMs);
  }

  private bufferFor(source: MediaSource, mimeType: string): SourceBuffer {
    if (this.buffer === null) this.buffer = source.addSourceBuffer(mimeType);
    else if (this.bufferMimeType !== mimeType) this.buffer.changeType(mimeType);
    this.bufferMimeType = mimeType;
    return this.buffer;
  }

  /** Removes what lies farther than `keepS` from the position. */
  private async giveBack(keepS = KEEP_S): Promise<void> {
    const keepFromMs = this.timeline.startMs + (this.positionS - keepS) * 1000;
    const keepToMs = this.timeline.startMs + (this.positionS + keepS) * 1000;
    for (const at of [...this.loaded]) {
      const segment = this.channel.segments[at];
      if (segment === undefined || (segment.endMs > keepFromMs && segment.startMs < keepToMs)) continue;
      if (this.buffer === null || this.source?.readyState !== 'open') return;
      const fromS = (segment.startMs - this.timeline.startMs) / 1000;
      const toS = (playedUntilMs(this.channel.segments, at) - this.timeline.startMs) / 1000;
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

function appended(buffer: SourceBuffer, bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
  const done = settled(buffer);
  buffer.appendBuffer(bytes);
  return done;
}

function removed(buffer: SourceBuffer, fromS: number, toS: number): Promise<boolean> {
  const done = settled(buffer);
  buffer.remove(fromS, toS);
  return done;
}
