/** The lines that a seal covers, and which of them was changed, removed, added or moved. See `recorder/verification/sealed_lines.py`. */

import { hex, splitLines, textOf, unhex, utf8 } from './bytes';
import type { Report } from './findings';
import { canonical, type JsonObject, parseObject } from './json';
import { leafHash } from './merkle';
import { sha256 } from './sha256';

export interface SealedLine {
  file: string;
  /** Hexadecimal. */
  leaf: string;
  hints: string;
  /** Of the line in leaves.txt, from 1; 0 for one that does not stand there. */
  number: number;
}

const HINT_DIGITS = 4;
const CHAINED = ['hash', 'n', 'number', 'prev', 'previous_hash'];

export const leafOf = (file: string, line: Uint8Array): string => hex(leafHash(utf8(`${file}\n`), line));

function sealedLine(file: string, line: Uint8Array): SealedLine {
  const hints = fieldHints(line).map(([, hint]) => hint);
  return { file, leaf: leafOf(file, line), hints: hints.join(''), number: 0 };
}

/** Throws on anything that is no `leaves.txt`. */
export function readLeaves(data: Uint8Array): SealedLine[] {
  return splitLines(data).map((row, at) => {
    const parts = (textOf(row) ?? '').split(' ');
    const [file, leaf, hints] = parts;
    if (parts.length !== 3 || file === undefined || leaf === undefined || hints === undefined || leaf.length !== 64 || hex(unhex(leaf)) !== leaf) {
      throw new TypeError('not a line of leaves.txt');
    }
    return { file, leaf, hints, number: at + 1 };
  });
}

function fieldHints(line: Uint8Array): [string, string][] {
  const value = parseObject(textOf(line));
  if (value === null) return [];
  const rank = (path: string): number => (CHAINED.includes(path) ? 0 : 1);
  const fields = [...fieldsOf(value, '')];
  fields.sort(([one], [other]) => rank(one) - rank(other) || (one < other ? -1 : 1));
  return fields.map(([path, text]) => [path, hex(sha256(utf8(`${path}=${text}`))).slice(0, HINT_DIGITS)]);
}

function* fieldsOf(value: JsonObject, before: string): Generator<[string, string]> {
  for (const [name, inner] of value) {
    if (inner instanceof Map && inner.size > 0) yield* fieldsOf(inner, `${before}${name}.`);
    else yield [before + name, canonical(inner)];
  }
}

export function compareLines(report: Report, file: string, kept: readonly SealedLine[], present: readonly Uint8Array[]): void {
  report.lines += present.length;
  const found = present.map((line) => sealedLine(file, line));
  const sealed = withTrueHints(report, kept, found);
  if (found.length === sealed.length && found.every(({ leaf }, at) => leaf === sealed[at]?.leaf)) return;
  const first = present[0];
  const chained = first === undefined ? 0 : fieldHints(first).filter(([path]) => CHAINED.includes(path)).length;
  const before = tokens(sealed, chained);
  const after = tokens(found, chained);
  const atBefore = new Map(before.map((token, at) => [token, at]));
  const atAfter = new Map(after.map((token, at) => [token, at]));
  const keptBefore = before.flatMap((token, at) => (atAfter.has(token) ? [at] : []));
  const keptAfter = after.flatMap((token, at) => (atBefore.has(token) ? [at] : []));
  tellChanged(report, file, sealed, present, gaps(before, atAfter), gaps(after, atBefore));
  const rechained: number[] = [];
  keptAfter.forEach((at, order) => {
    const origin = keptBefore[order]!;
    const token = after[at]!;
    if (before[origin] !== token) report.find('line_moved', file, at + 1, null, { before: atBefore.get(token)! + 1 });
    else if (sealed[origin]?.leaf !== found[at]?.leaf) rechained.push(at + 1);
  });
  if (rechained.length > 0) {
    report.find('lines_rechained', file, rechained[0], null, { last: rechained.at(-1)!, count: rechained.length });
  }
}

/** The root does not cover hints; those of a line that is there can be computed from it. */
function withTrueHints(report: Report, sealed: readonly SealedLine[], found: readonly SealedLine[]): SealedLine[] {
  const known = new Map(found.map((line) => [line.leaf, line]));
  return sealed.map((line) => {
    const there = known.get(line.leaf);
    if (there !== undefined && there.hints !== line.hints) report.find('hints_altered', 'leaves.txt', line.number);
    return there ?? line;
  });
}

/** What a line says, chained fields left out, and which of several such lines it is. */
function tokens(lines: readonly SealedLine[], chained: number): string[] {
  const seen = new Map<string, number>();
  return lines.map((line) => {
    const said = line.hints.slice(chained * HINT_DIGITS) || line.leaf;
    seen.set(said, (seen.get(said) ?? 0) + 1);
    return `${said} ${seen.get(said)}`;
  });
}

function gaps(own: readonly string[], known: ReadonlyMap<string, number>): Map<number, number[]> {
  const found = new Map<number, number[]>();
  let kept = 0;
  own.forEach((token, at) => {
    if (known.has(token)) kept += 1;
    else found.set(kept, [...(found.get(kept) ?? []), at]);
  });
  return found;
}

function tellChanged(
  report: Report,
  file: string,
  sealed: readonly SealedLine[],
  present: readonly Uint8Array[],
  lost: ReadonlyMap<number, number[]>,
  added: ReadonlyMap<number, number[]>,
): void {
  const places = [...new Set([...lost.keys(), ...added.keys()])].sort((one, other) => one - other);
  for (const place of places) {
    const old = lost.get(place) ?? [];
    const fresh = added.get(place) ?? [];
    const both = Math.min(old.length, fresh.length);
    for (let order = 0; order < both; order += 1) {
      const at = fresh[order]!;
      report.find('line_altered', file, at + 1, changedField(sealed[old[order]!]!.hints, present[at]!));
    }
    for (const at of old.slice(both)) report.find('line_missing', file, at + 1);
    for (const at of fresh.slice(both)) report.find('line_added', file, at + 1);
  }
}

function changedField(hints: string, line: Uint8Array): string | null {
  const fields = fieldHints(line);
  const known = new Set(hints.match(/.{4}/g) ?? []);
  const changed = fields.filter(([, hint]) => !known.has(hint)).map(([path]) => path);
  if (changed.length === fields.length) return null;
  const content = changed.filter((path) => !CHAINED.includes(path));
  return (content.length > 0 ? content : changed).join(', ') || null;
}
