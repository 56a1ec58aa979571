/** What manifest, journal and transcript say of each other. See `recorder/verification/record.py`. */

import { hex, utf8 } from './bytes';
import { JOURNAL, type Lines, MANIFEST } from './chains';
import type { Report } from './findings';
import { object, shown, text, whole } from './json';
import { sha256 } from './sha256';

export const TRANSCRIPT = 'transcript.jsonl';
export const PARTICIPANTS = 'participants.jsonl';
const EXPLAINING = ['undecodable', 'paused'];

export function checkHearing(report: Report, file: string, lines: Lines, given: string | null): string | null {
  let hearing = given;
  for (const [number, line] of lines) {
    const told = file === JOURNAL ? line.get('chain') : object(line.get('fact'))?.get('hearing');
    if (told === undefined || told === null) continue;
    hearing ??= shown(told);
    if (told !== hearing) report.find('foreign_line', file, number, null, { hearing: shown(told), expected: hearing });
  }
  return hearing;
}

export function checkPackets(report: Report, manifest: Lines): void {
  const explained = new Map<string, number>();
  const missing = new Map<string, number>();
  const add = (to: Map<string, number>, track: string, packets: number): void => {
    to.set(track, (to.get(track) ?? 0) + packets);
  };
  for (const [number, line] of manifest) {
    const fact = object(line.get('fact'));
    const type = line.get('type');
    const explains = type === 'recording_gap' && EXPLAINING.includes(text(fact?.get('cause')) ?? '');
    if (!explains && type !== 'segment_sealed') continue;
    const track = text(fact?.get('track'));
    const [received, readBack] = explains ? [whole(fact?.get('packets')), 0] : [whole(fact?.get('packets_received')), whole(fact?.get('packets_read_back'))];
    if (track === null || received === null || readBack === null) report.find('line_unreadable', MANIFEST, number);
    else add(explains ? explained : missing, track, received - readBack);
  }
  for (const [track, packets] of missing) {
    const told = explained.get(track) ?? 0;
    if (packets > told) report.find('packets_unexplained', MANIFEST, null, null, { track, packets, explained: told });
  }
}

export function checkTold(report: Report, manifest: Lines, journal: Lines): void {
  const told = new Map(journal.flatMap(([number, row]) => (row.get('fact') === null ? [] : [[shown(row.get('fact')), { number, row }] as const])));
  const written = new Set<string>();
  for (const [number, line] of manifest) {
    const fact = object(line.get('fact'));
    if (fact === null || !fact.has('fact')) continue;
    const name = shown(fact.get('fact'));
    written.add(name);
    const other = told.get(name);
    if (other === undefined) {
      report.find('fact_untold', MANIFEST, number, null, { fact: name });
    } else if (object(other.row.get('data'))?.get('sha256') !== fact.get('sha256')) {
      report.find('told_otherwise', MANIFEST, number, 'fact.sha256', { path: shown(fact.get('path')), row: other.number });
    }
  }
  for (const [number, row] of journal) {
    const fact = shown(row.get('fact'));
    if (row.get('type') === 'segment_sealed' && !written.has(fact)) report.find('fact_unwritten', JOURNAL, number, null, { fact });
  }
}

export function checkTranscript(report: Report, transcript: Lines, journal: Lines): void {
  const recognised = new Map<string, string>();
  const edited = new Map<string, string>();
  for (const [, row] of journal) {
    const data = object(row.get('data'));
    const [utterance, digest] = [shown(data?.get('utterance')), shown(data?.get('text_sha256'))];
    if (row.get('type') === 'utterance_recognised') recognised.set(utterance, digest);
    else if (row.get('type') === 'utterance_edited') edited.set(`${utterance} ${shown(data?.get('revision'))}`, digest);
  }
  const hashes = new Set(recognised.values());
  for (const [number, line] of transcript) {
    const [said, revision] = [text(line.get('text')), whole(line.get('revision'))];
    if (said === null || revision === null) {
      report.find('line_unreadable', TRANSCRIPT, number);
      continue;
    }
    const utterance = shown(line.get('utterance'));
    const digest = hex(sha256(utf8(said)));
    const journalled = revision === 0 ? recognised.get(utterance) : edited.get(`${utterance} ${revision}`);
    if (journalled === undefined && revision === 0 && hashes.has(digest)) continue;
    if (journalled === undefined) report.find('utterance_unknown', TRANSCRIPT, number, null, { utterance, revision });
    else if (journalled !== digest) report.find('text_altered', TRANSCRIPT, number, 'text', { utterance, revision });
  }
}

/** Findings about somebody's recording say whose it is, unless the list of names itself is in doubt. */
export function namePeople(report: Report, participants: Lines): void {
  if (report.blames(PARTICIPANTS)) return;
  const names = new Map(participants.map(([, line]) => [shown(line.get('participant')), shown(line.get('name'))]));
  for (const finding of report.findings) {
    const [folder, participant = '', ...rest] = finding.file.split('/');
    const person = names.get(participant);
    if (folder === 'tracks' && rest.length > 0 && person !== undefined) finding.values.person = person;
  }
}
