/**
 * Where things lie in an archived hearing. Pure: no elements, no network, no wording.
 *
 * Two scales: *hearing time* is UTC in milliseconds on the hearing clock; *position* is seconds since the archive's start.
 * Positions run through recesses too, so that a position and the clock on the wall of the courtroom never disagree.
 */

import type { Archive, ArchiveTrack } from '../protocol/api.gen';

export interface Span {
  fromS: number;
  toS: number;
  /** What ended it: `recess`, `mediation`, `server_lost`, …; empty when nothing was told. */
  endCause: string;
}

export interface Timeline {
  /** Hearing time of position 0. */
  startMs: number;
  durationS: number;
  /** What was recorded, in order and not overlapping. */
  spans: readonly Span[];
}

export interface Spoken {
  participant: string;
  start_ms: number;
  end_ms: number;
}

const STOPPED_WITHIN_S = 3;

/** The whole recording from its first to its last instant; null when nothing was recorded. */
export function timelineOf(archive: Pick<Archive, 'spans' | 'tracks'>): Timeline | null {
  const pieces = archive.spans.length > 0 ? archive.spans : archive.tracks.map(extentOf);
  const ordered = [...pieces].sort((a, b) => a.start_ms - b.start_ms).filter((piece) => piece.end_ms > piece.start_ms);
  const first = ordered[0];
  if (first === undefined) return null;
  const spans: Span[] = [];
  for (const piece of ordered) {
    const span = {
      fromS: (piece.start_ms - first.start_ms) / 1000,
      toS: (piece.end_ms - first.start_ms) / 1000,
      endCause: piece.end_cause,
    };
    const last = spans[spans.length - 1];
    if (last === undefined || span.fromS > last.toS) spans.push(span);
    else if (span.toS > last.toS) Object.assign(last, { toS: span.toS, endCause: span.endCause });
  }
  const last = spans[spans.length - 1];
  const mediaEndS = (Math.max(0, ...archive.tracks.map((track) => extentOf(track).end_ms)) - first.start_ms) / 1000;
  // The recorder is stopped a moment after the last picture came; nobody wants to see that moment.
  if (last !== undefined && mediaEndS > last.fromS && last.toS - mediaEndS < STOPPED_WITHIN_S) last.toS = Math.min(last.toS, mediaEndS);
  return { startMs: first.start_ms, durationS: last?.toS ?? 0, spans };
}

/** From a track's first file to its last, for a hearing of whose recording nothing else was told. */
function extentOf(track: ArchiveTrack): Archive['spans'][number] {
  return { start_ms: track.times_ms[0] ?? 0, end_ms: track.times_ms.reduce((total, step) => total + step, 0), end_cause: '' };
}

export function positionOf(timeline: Timeline, hearingMs: number): number {
  return clampPosition(timeline, (hearingMs - timeline.startMs) / 1000);
}

/** Why nothing was recorded at a position outside all spans; empty when it is not known. */
export function suspensionAt(timeline: Timeline, positionS: number): string {
  return timeline.spans[lastStarted(timeline.spans, positionS, (span) => span.fromS)]?.endCause ?? '';
}

export function hearingTimeOf(timeline: Timeline, positionS: number): number {
  return timeline.startMs + positionS * 1000;
}

export function clampPosition(timeline: Timeline, positionS: number): number {
  return Math.min(Math.max(positionS, 0), timeline.durationS);
}

/** Whether a position lies in a recorded span. */
export function isRecorded(timeline: Timeline, positionS: number): boolean {
  return timeline.spans.some((span) => positionS >= span.fromS && positionS < span.toS);
}

/** The position itself when it is recorded, otherwise the start of the next span, or the end when none follows. */
export function nextRecorded(timeline: Timeline, positionS: number): number {
  if (isRecorded(timeline, positionS)) return positionS;
  return timeline.spans.find((span) => span.fromS > positionS)?.fromS ?? timeline.durationS;
}

/** The spans in which nothing was recorded, with what ended the recording before. */
export function gapsOf(timeline: Timeline): Span[] {
  return timeline.spans.slice(1).map((span, at) => {
    const before = timeline.spans[at];
    return { fromS: before?.toS ?? 0, toS: span.fromS, endCause: before?.endCause ?? '' };
  });
}

/** Index of the last item that has started at `hearingMs`, or -1. Items are in order of their start. */
export function lastStarted<T>(items: readonly T[], hearingMs: number, startOf: (item: T) => number): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const item = items[middle];
    if (item !== undefined && startOf(item) <= hearingMs) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The utterance the reader should see marked: the last that began, kept after its end until the next begins. */
export function currentUtterance(utterances: readonly Spoken[], hearingMs: number): number {
  return lastStarted(utterances, hearingMs, (utterance) => utterance.start_ms);
}

/** Everybody who is speaking; utterances overlap when people interrupt each other. `LONGEST_MS` bounds the look back. */
export function speakingAt(utterances: readonly Spoken[], hearingMs: number): Set<string> {
  const speaking = new Set<string>();
  for (let at = currentUtterance(utterances, hearingMs); at >= 0; at -= 1) {
    const utterance = utterances[at];
    if (utterance === undefined || utterance.start_ms < hearingMs - LONGEST_MS) break;
    if (hearingMs < utterance.end_ms) speaking.add(utterance.participant);
  }
  return speaking;
}

/** No utterance is longer than the recogniser's own limit, which is far below this. */
const LONGEST_MS = 120_000;

/** `1:02:03` or `2:03`: a length or position in hours, minutes and seconds. */
export function clockText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (value: number): string => String(value).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** Reads the `t` of a deep link: seconds, or the form of {@link clockText}; null when it is neither. */
export function parsePosition(text: string | null): number | null {
  if (text === null || !/^\d+(\.\d+)?$|^(\d+:)?\d{1,2}:\d{2}$/.test(text)) return null;
  return text.split(':').reduce((total, part) => total * 60 + Number(part), 0);
}
