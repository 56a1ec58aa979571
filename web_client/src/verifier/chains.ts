/** The hash chains of manifest and journal. See `recorder/verification/chains.py`. */

import { hex, splitLines, textOf, utf8 } from './bytes';
import type { Report } from './findings';
import { canonical, type Json, type JsonObject, Numeral, object, parseObject, shown, text, whole } from './json';
import { sha256 } from './sha256';

export const MANIFEST = 'manifest.jsonl';
export const JOURNAL = 'journal.jsonl';
const FIRST = '0'.repeat(64);

/** Objects of a file's lines, each with its number. */
export type Lines = [number, JsonObject][];

const digest = (said: string): string => hex(sha256(utf8(said)));

export function readManifest(report: Report, data: Uint8Array): Lines {
  const rows = splitLines(data);
  if (data.length > 0 && data[data.length - 1] !== 10) {
    report.find('line_cut_off', MANIFEST, rows.length);
    rows.pop();
  }
  const read: Lines = [];
  let previous: string | null = FIRST;
  let expected = 0;
  let torn: Uint8Array | null = null;
  rows.forEach((row, at) => {
    const line = manifestLine(row);
    if (line === null) {
      if (torn !== null) report.find('line_unreadable', MANIFEST, at);
      torn = row;
      return;
    }
    if (torn !== null) {
      const noted = object(line.get('detail'))?.get('sha256');
      if (line.get('type') !== 'torn_line_noted' || noted !== hex(sha256(torn))) report.find('line_unreadable', MANIFEST, at);
      torn = null;
    }
    if (whole(line.get('n')) !== expected || line.get('prev') !== previous) report.find('chain_broken', MANIFEST, at + 1);
    const fields = new Map([...line].filter(([name]) => name !== 'hash'));
    if (digest(canonical(fields)) !== line.get('hash')) report.find('chain_altered', MANIFEST, at + 1);
    previous = text(line.get('hash'));
    expected = (whole(line.get('n')) ?? expected) + 1;
    read.push([at + 1, line]);
  });
  if (torn !== null) report.find('line_unreadable', MANIFEST, rows.length);
  return read;
}

function manifestLine(row: Uint8Array): JsonObject | null {
  const line = parseObject(textOf(row), ['n', 'at_ms', 'type', 'fact', 'detail', 'prev', 'hash']);
  if (line === null || object(line.get('detail')) === null) return null;
  return line.get('fact') === null || object(line.get('fact')) !== null ? line : null;
}

export function readJournal(report: Report, data: Uint8Array): Lines {
  const read: Lines = [];
  let previous: string | null = FIRST;
  let expected = 1;
  splitLines(data).forEach((line, at) => {
    const row = parseObject(textOf(line), ['chain', 'number', 'at_ms', 'type', 'actor', 'data', 'previous_hash', 'hash', 'fact']);
    if (row === null || object(row.get('data')) === null) {
      report.find('line_unreadable', JOURNAL, at + 1);
      expected += 1;
      return;
    }
    if (whole(row.get('number')) !== expected || row.get('previous_hash') !== previous) report.find('chain_broken', JOURNAL, at + 1);
    if (journalHash(row) !== row.get('hash')) report.find('chain_altered', JOURNAL, at + 1);
    previous = text(row.get('hash'));
    expected = (whole(row.get('number')) ?? expected) + 1;
    read.push([at + 1, row]);
  });
  return read;
}

function journalHash(row: JsonObject): string {
  const values: Json[] = ['chain', 'number', 'at_ms', 'type', 'actor'].map((name) => row.get(name) ?? null);
  values.push(canonical(row.get('data') ?? null), row.get('fact') ?? null);
  return digest(`${shown(row.get('previous_hash'))}\n${canonical(values)}`);
}

export const numeral = (value: Json | undefined): number => (value instanceof Numeral ? value.value : NaN);
