/** How well everybody's line is, from the figures the server keeps. Pure: no page, no clock, no wording. */
import { qualityOf } from '../media/quality';
import type { LineQuality, MeasuredHistory, OwnHistory } from '../protocol/api.gen';

/** The newest samples of each line that a screen shows: five minutes. */
export const KEPT = 60;
const SPAN_MS = 5000;
/** A line that has no sample of the last two spans is not there any more. */
const GONE_AFTER_MS = 2.5 * SPAN_MS;
/** Samples that are judged together, so that one bad moment does not make the word flicker. */
const JUDGED = 2;
const FAIR_LOSS = 0.01;
const FAIR_ROUND_TRIP_MS = 150;

export type Measured = Omit<MeasuredHistory, 'participant' | 'direction'>;
export type Own = Omit<OwnHistory, 'participant'>;

export interface Line {
  publish: Measured | null;
  subscribe: Measured | null;
  /** What the device said of itself. */
  own: Own | null;
}

export interface Lines {
  byParticipant: ReadonlyMap<string, Line>;
  /** Time of the newest sample of anybody. */
  lastMs: number;
}

export const NO_LINES: Lines = { byParticipant: new Map(), lastMs: 0 };

/** In this order from nothing to everything; a level's place is its number of bars. */
export const LEVELS = ['none', 'bad', 'weak', 'fair', 'good'] as const;
export type Level = (typeof LEVELS)[number];

/** What was known, and what the server says besides. */
export function withNewer(lines: Lines, answer: LineQuality): Lines {
  const byParticipant = new Map(lines.byParticipant);
  const change = (participant: string, part: Partial<Line>): void => {
    byParticipant.set(participant, { ...(byParticipant.get(participant) ?? { publish: null, subscribe: null, own: null }), ...part });
  };
  for (const { participant, direction, ...newer } of answer.measured) {
    change(participant, { [direction]: joined(byParticipant.get(participant)?.[direction] ?? null, newer) });
  }
  for (const { participant, ...newer } of answer.own) {
    change(participant, { own: joined(byParticipant.get(participant)?.own ?? null, newer) });
  }
  return { byParticipant, lastMs: Math.max(lines.lastMs, answer.last_ms) };
}

function joined<Columns extends Measured | Own>(known: Columns | null, newer: Columns): Columns {
  if (known === null) return cut(newer, (column) => column);
  const before = known as unknown as Record<string, number[]>;
  return cut(newer, (column, name) => [...(before[name] ?? []), ...column]);
}

function cut<Columns extends Measured | Own>(columns: Columns, made: (column: number[], name: string) => number[]): Columns {
  const pairs = Object.entries(columns).map(([name, column]) => [name, made(column as number[], name).slice(-KEPT)]);
  return Object.fromEntries(pairs) as Columns;
}

/** Whether the last sample is of now, seen from the newest sample of anybody. */
export function isThere(line: { at_ms: number[] } | null, lastMs: number): boolean {
  const at = line?.at_ms[line.at_ms.length - 1];
  return at !== undefined && lastMs - at <= GONE_AFTER_MS;
}

export function last(column: readonly number[]): number {
  return column[column.length - 1] ?? -1;
}

function sumOfLast(column: readonly number[], count: number): number {
  return column.slice(-count).reduce((sum, each) => sum + each, 0);
}

/** Share of packets lost in the newest spans, 0 to 1. */
export function lossOf(line: Measured, spans = JUDGED): number {
  const lost = sumOfLast(line.lost, spans);
  const all = lost + sumOfLast(line.packets, spans);
  return all === 0 ? 0 : lost / all;
}

/** The worse of both directions decides. Where nothing else is known the device's own round trip counts. */
export function levelOf(line: Line | undefined, lastMs: number): Level {
  const sides = [line?.publish ?? null, line?.subscribe ?? null].filter((side) => side !== null && isThere(side, lastMs)) as Measured[];
  if (line === undefined || sides.length === 0) return 'none';
  const loss = Math.max(...sides.map((side) => lossOf(side)));
  const measured = Math.max(...sides.map((side) => last(side.round_trip_ms)));
  const told = isThere(line.own, lastMs) && line.own !== null ? last(line.own.round_trip_ms) : 0;
  const roundTripMs = measured >= 0 ? measured : told;
  const quality = qualityOf({ loss, roundTripMs });
  return quality === 'good' && (loss > FAIR_LOSS || roundTripMs > FAIR_ROUND_TRIP_MS) ? 'fair' : quality;
}

export interface Sparkline {
  /** Of a polyline in a box of `width` × `height`, the newest sample at the right edge; one for each stretch without a hole. */
  stretches: string[];
  /** Where packets were lost, from the left. */
  lossAt: number[];
  most: number;
}

/** The rate over the last five minutes before `lastMs`. */
export function sparklineOf(line: Measured, lastMs: number, width: number, height: number): Sparkline {
  const first = lastMs - (KEPT - 1) * SPAN_MS;
  const most = Math.max(1, ...line.kbps);
  const x = (atMs: number): number => Math.round(((atMs - first) / (lastMs - first)) * width * 10) / 10;
  const stretches: string[][] = [];
  const lossAt: number[] = [];
  line.at_ms.forEach((atMs, at) => {
    if (atMs < first) return;
    const before = line.at_ms[at - 1];
    if (before === undefined || before < first || atMs - before > GONE_AFTER_MS) stretches.push([]);
    stretches[stretches.length - 1]?.push(`${x(atMs)},${Math.round((1 - (line.kbps[at] ?? 0) / most) * height * 10) / 10}`);
    if ((line.lost[at] ?? 0) > 0) lossAt.push(x(atMs));
  });
  return { stretches: stretches.map((points) => points.join(' ')), lossAt, most };
}
