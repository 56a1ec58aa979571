/** The channels of an archived hearing: whose camera, microphone or screen, in which files, and what is missing. Pure. */

import type { Archive, ArchiveGap, ArchiveTrack, ArchiveWhereabouts } from '../protocol/api.gen';
import type { SourceLabel } from '../protocol/messages.gen';
import { lastStarted, type Timeline } from './timeline';

export interface ChannelSegment {
  url: string;
  /** Hash of the file as it was sealed, in hexadecimal digits. */
  sha256: string;
  startMs: number;
  endMs: number;
  mimeType: string;
}

/** One source of one participant: all tracks it was published on, one after the other. */
export interface Channel {
  participant: string;
  source: SourceLabel;
  segments: readonly ChannelSegment[];
  /** Sent, and not in the archive. */
  gaps: readonly ArchiveGap[];
  /** Where the participant was, in order of time. */
  whereabouts: readonly ArchiveWhereabouts[];
}

/** Why there is nothing to play of a channel at some moment. */
export type Absence =
  /** Nothing at all was recorded: recess or interruption. */
  | 'suspended'
  /** The line broke, or the media did not arrive. */
  | 'lost'
  /** In reach, and sent nothing: camera or microphone switched off. */
  | 'off'
  /** Not there yet, or gone. */
  | 'away';

/** Files that follow each other within this belong together; no listener notices what lies between. */
const BRIDGED_MS = 600;
/** A loss is told after the last file ended, by at most this. */
const LOSS_TOLD_WITHIN_MS = 15_000;

/** One channel per participant and source, so that somebody who rejoined stays on one picture. */
export function channelsOf(archive: Pick<Archive, 'tracks' | 'files' | 'whereabouts'>): Channel[] {
  const channels = new Map<string, Channel & { segments: ChannelSegment[]; gaps: ArchiveGap[] }>();
  for (const track of archive.tracks) {
    const key = `${track.participant} ${track.source}`;
    const channel = channels.get(key) ?? {
      participant: track.participant,
      source: track.source,
      segments: [],
      gaps: [],
      whereabouts: archive.whereabouts.filter((change) => change.participant === track.participant),
    };
    channels.set(key, channel);
    channel.segments.push(...segmentsOf(track, archive.files));
    channel.gaps.push(...track.gaps);
  }
  for (const channel of channels.values()) {
    channel.segments.sort((a, b) => a.startMs - b.startMs);
    channel.gaps.sort((a, b) => a.start_ms - b.start_ms);
  }
  // Pictures first: they are the largest files, and what somebody waits for.
  return [...channels.values()].sort((a, b) => Number(a.source === 'microphone') - Number(b.source === 'microphone'));
}

export function segmentsOf(track: ArchiveTrack, files: string): ChannelSegment[] {
  const hashes = atob(track.sha256);
  const segments: ChannelSegment[] = [];
  let endMs = 0;
  for (let at = 0; at * 2 < track.times_ms.length; at += 1) {
    const startMs = endMs + (track.times_ms[at * 2] ?? 0);
    endMs = startMs + (track.times_ms[at * 2 + 1] ?? 0);
    const sha256 = hexOf(hashes.slice(at * 32, at * 32 + 32));
    segments.push({ url: `${files}/${sha256}?start_ms=${startMs}`, sha256, startMs, endMs, mimeType: track.mime_type });
  }
  return segments;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function hexOf(bytes: string): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 1) text += HEX[bytes.charCodeAt(at)] ?? '';
  return text;
}

/** Cameras that were switched on as the recording began come within this. */
const BEGINS_WITHIN_MS = 3_000;

/** Where playback begins: when everybody who was there from the start is to be seen. Seconds. */
export function firstShownS(timeline: Timeline, channels: readonly Channel[]): number {
  const startsMs = channels.map((channel) => (channel.segments[0]?.startMs ?? Number.POSITIVE_INFINITY) - timeline.startMs);
  return Math.max(0, ...startsMs.filter((startMs) => startMs <= BEGINS_WITHIN_MS)) / 1000;
}

/** Until when a file has to be played: to the next one when that follows at once. */
export function playedUntilMs(segments: readonly ChannelSegment[], at: number): number {
  const endMs = segments[at]?.endMs ?? 0;
  const nextMs = segments[at + 1]?.startMs ?? endMs;
  return nextMs > endMs && nextMs - endMs <= BRIDGED_MS ? nextMs : endMs;
}

/** Index of the segment that holds `hearingMs`, or -1 when the channel carried nothing then. */
export function segmentAt(segments: readonly ChannelSegment[], hearingMs: number): number {
  const at = lastStarted(segments, hearingMs, (segment) => segment.startMs);
  return at >= 0 && hearingMs < playedUntilMs(segments, at) ? at : -1;
}

/** Indices of the segments that touch the window, in order. */
export function segmentsWithin(segments: readonly ChannelSegment[], fromMs: number, toMs: number): number[] {
  const found: number[] = [];
  // Files of one channel may overlap a little where a track was replaced; so the one before is looked at too.
  const first = Math.max(0, lastStarted(segments, fromMs, (segment) => segment.startMs) - 1);
  for (let at = first; at < segments.length; at += 1) {
    const segment = segments[at];
    if (segment === undefined || segment.startMs >= toMs) break;
    if (playedUntilMs(segments, at) > fromMs) found.push(at);
  }
  return found;
}

/** The gap that holds `hearingMs`. */
export function gapAt(channel: Channel, hearingMs: number): ArchiveGap | undefined {
  return channel.gaps.find((gap) => gap.start_ms <= hearingMs && hearingMs < gap.end_ms);
}

/** Why there is nothing to play at `hearingMs`, where no segment is; asked by `channelPlayer` and drawn by the lanes. */
export function absenceAt(channel: Channel, timeline: Timeline, hearingMs: number): Absence {
  const positionS = (hearingMs - timeline.startMs) / 1000;
  if (!timeline.spans.some((span) => positionS >= span.fromS && positionS < span.toS)) return 'suspended';
  if (gapAt(channel, hearingMs) !== undefined) return 'lost';
  const now = lastStarted(channel.whereabouts, hearingMs, (change) => change.at_ms);
  const standing = channel.whereabouts[now]?.whereabouts;
  if (standing === 'lost') return 'lost';
  if (standing === 'away') return 'away';
  const before = channel.segments[lastStarted(channel.segments, hearingMs, (segment) => segment.startMs)];
  const next = channel.whereabouts[now + 1];
  const endedMs = before?.endMs ?? Number.NEGATIVE_INFINITY;
  if (next?.whereabouts === 'lost' && next.at_ms - endedMs <= LOSS_TOLD_WITHIN_MS) return 'lost';
  // Nobody was told to be anywhere: a record of before whereabouts were kept.
  return standing === undefined && channel.whereabouts.length > 0 ? 'away' : 'off';
}
