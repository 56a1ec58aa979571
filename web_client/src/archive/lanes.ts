/** Who spoke when, as shapes on a scale of `UNITS`: the lanes below the pictures. Pure. */

import type { ArchiveParticipant, ArchiveStage } from '../protocol/api.gen';
import { absenceAt, type Channel } from './channels';
import { positionOf, type Spoken, type Timeline } from './timeline';

/** Lanes are drawn on a scale of this many units, stretched to the width of the screen. */
export const UNITS = 1000;

export interface Lane {
  participant: string;
  name: string;
  /** Recognised speech. */
  spoken: string;
  /** The microphone is in the archive. */
  recorded: string;
  /** Signal lost. */
  lost: string;
}

/** Holes shorter than this are not drawn. */
const SHOWN_FROM_MS = 2_000;

interface Piece {
  fromMs: number;
  toMs: number;
}

/** One lane for each who has a microphone in the archive or said something, by seat. */
export function lanesOf(
  timeline: Timeline,
  participants: readonly ArchiveParticipant[],
  channels: readonly Channel[],
  utterances: readonly Spoken[],
): Lane[] {
  const spoken = new Map<string, Piece[]>();
  for (const { participant, start_ms, end_ms } of utterances) {
    const pieces = spoken.get(participant) ?? [];
    pieces.push({ fromMs: start_ms, toMs: end_ms });
    spoken.set(participant, pieces);
  }
  return [...participants]
    .sort((a, b) => a.seat - b.seat)
    .flatMap(({ participant, name }) => {
      const channel = channels.find((one) => one.participant === participant && one.source === 'microphone');
      const said = spoken.get(participant);
      if (channel === undefined && said === undefined) return [];
      return [
        {
          participant,
          name,
          spoken: pathOf(timeline, said ?? [], 1),
          recorded: pathOf(timeline, channel === undefined ? [] : recordedPieces(channel), 0),
          lost: pathOf(timeline, channel === undefined ? [] : lostPieces(channel, timeline), 1),
        },
      ];
    });
}

function recordedPieces(channel: Channel): Piece[] {
  const pieces: Piece[] = [];
  for (const { startMs, endMs } of channel.segments) {
    const last = pieces.at(-1);
    if (last !== undefined && startMs - last.toMs < SHOWN_FROM_MS) last.toMs = Math.max(last.toMs, endMs);
    else pieces.push({ fromMs: startMs, toMs: endMs });
  }
  return pieces;
}

function lostPieces(channel: Channel, timeline: Timeline): Piece[] {
  const recorded = recordedPieces(channel);
  const between = recorded.slice(1).map((piece, at) => ({ fromMs: recorded[at]?.toMs ?? 0, toMs: piece.fromMs }));
  const holes = between.filter((hole) => absenceAt(channel, timeline, hole.fromMs + SHOWN_FROM_MS / 2) === 'lost');
  return [...holes, ...channel.gaps.map((gap) => ({ fromMs: gap.start_ms, toMs: gap.end_ms }))];
}

function pathOf(timeline: Timeline, pieces: readonly Piece[], atLeast: number): string {
  return pieces
    .map(({ fromMs, toMs }) => {
      const from = unitsOf(timeline, fromMs);
      const width = Math.max(atLeast, unitsOf(timeline, toMs) - from);
      return `M${from.toFixed(1)} 0h${width.toFixed(1)}v10h-${width.toFixed(1)}z`;
    })
    .join('');
}

function unitsOf(timeline: Timeline, hearingMs: number): number {
  return (positionOf(timeline, hearingMs) / timeline.durationS) * UNITS;
}

export interface StagePiece {
  title: string;
  fromS: number;
  toS: number;
}

/** Each stage from its mark to the next one. */
export function stagePieces(timeline: Timeline, marks: readonly ArchiveStage[], titleOf: (stage: string) => string): StagePiece[] {
  return marks.map((mark, at) => {
    const next = marks[at + 1];
    const toS = next === undefined ? timeline.durationS : positionOf(timeline, next.at_ms);
    return { title: titleOf(mark.stage), fromS: positionOf(timeline, mark.at_ms), toS };
  });
}
