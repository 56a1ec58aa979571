/** seal.json: what the court signed, and what of leaves.txt can be believed because of it. See `recorder/verification/seal_file.py`. */

import { hex, textOf, unbase64, unhex, utf8 } from './bytes';
import { isMoment, type Report, type SealSummary } from './findings';
import { canonical, isNamed, type JsonObject, object, parseObject, shown, text, whole, type Json } from './json';
import { statementWrong } from './keys';
import { holdsLeaf, leafHash, merkleRoot } from './merkle';
import { readLeaves, type SealedLine } from './sealedLines';
import { checkStamps } from './timeStamp';
import type { Code } from './wording.gen';

export const SEAL = 'seal.json';
export const LEAVES = 'leaves.txt';
export const LINE_FILES = ['journal.jsonl', 'manifest.jsonl', 'transcript.jsonl', 'participants.jsonl', 'files.jsonl'] as const;
/** Of a seal: each is there, and nothing else, so that nothing can be added or put out of sight by another name. */
const PARTS = ['anchors', 'signature', 'stamps', 'statement'];
const RECEIPT = ['entry', 'head', 'index', 'path', 'signature'];
const SEAL_FORMAT = 'hearing-seal/1';
const LOG_FORMAT = 'court-log/1';

/** What the parties were given to judge by. */
export interface Trust {
  /** Ids of the court's keys; empty when none was given. */
  keys: string[];
  /** Certificates of the time stamp authority in PEM, or null. */
  authority: string | null;
}

export interface Believed {
  hearing: string | null;
  counts: Map<string, number>;
  lines: Map<string, SealedLine[]> | null;
}

interface Entry {
  seal: JsonObject;
  statement: JsonObject;
}

export async function checkSeal(report: Report, seal: Uint8Array, leaves: Uint8Array | null, trust: Trust): Promise<Believed> {
  const believed: Believed = { hearing: null, counts: new Map(), lines: null };
  const entries = readEntries(seal);
  if (entries === null) {
    report.find('seal_unreadable', SEAL);
    return believed;
  }
  let lines: SealedLine[] | null = null;
  try {
    if (leaves === null) report.find('file_missing', LEAVES);
    else lines = readLeaves(leaves);
  } catch {
    report.find('leaves_unreadable', LEAVES);
  }
  let signed = true;
  for (const [at, entry] of entries.entries()) signed = await checkEntry(report, at + 1, entry, trust);
  if (!inOrder(report, entries.map((entry) => entry.statement))) signed = false;
  const last = entries[entries.length - 1]!.statement;
  if (signed) {
    believed.hearing = text(last.get('hearing'));
    for (const [file, count] of object(last.get('lines')) ?? []) believed.counts.set(file, whole(count) ?? 0);
  }
  if (lines === null) return believed;
  const known = lines;
  const rooted = entries.map((entry) => isRooted(report, entry.statement, known));
  if (signed && rooted.every(Boolean)) {
    const sealed = whole(last.get('leaves')) ?? 0;
    if (known.length > sealed) report.find('leaves_long', LEAVES, null, null, { sealed, found: known.length });
    else believed.lines = new Map(LINE_FILES.map((file) => [file, known.filter((line) => line.file === file)]));
  }
  return believed;
}

/** null when the file is not exactly what sealing writes: canonical JSON, in which no name can stand twice. */
function readEntries(data: Uint8Array): Entry[] | null {
  const said = textOf(data);
  const document = parseObject(said);
  const seals = document?.get('seals');
  if (document === null || said !== `${canonical(document)}\n` || !isNamed(document, ['format', 'seals'])) return null;
  if (document.get('format') !== SEAL_FORMAT || !Array.isArray(seals) || seals.length === 0) return null;
  const entries: Entry[] = [];
  for (const seal of seals) {
    const statement = object(object(seal)?.get('statement'));
    if (!(seal instanceof Map) || statement === null || !isNamed(seal, PARTS)) return null;
    if (!Array.isArray(seal.get('stamps')) || !Array.isArray(seal.get('anchors'))) return null;
    entries.push({ seal, statement });
  }
  return entries;
}

async function checkEntry(report: Report, number: number, { seal, statement }: Entry, trust: Trust): Promise<boolean> {
  const summary: SealSummary = {
    number: whole(statement.get('number')),
    root: text(statement.get('root')),
    leaves: whole(statement.get('leaves')),
    sealed_at_ms: whole(statement.get('sealed_at_ms')),
    key: text(statement.get('key')),
  };
  report.seals.push(summary);
  const key = shown(statement.get('key'));
  const wrong: Code | null =
    (await statementWrong(statement, seal.get('signature'))) ?? (isComplete(statement) ? null : 'seal_unreadable');
  if (wrong !== null) {
    report.find(wrong, SEAL, null, null, { number, key });
    return false;
  }
  if (tellKey(report, SEAL, number, key, trust.keys)) {
    for (const name of ['hearing', 'case_number', 'court'] as const) summary[name] = text(statement.get(name)) ?? '';
  }
  summary.stamp = await checkStamps(report, number, unbase64(seal.get('signature')), seal.get('stamps'), trust.authority);
  const anchors = seal.get('anchors');
  for (const receipt of Array.isArray(anchors) ? anchors : []) {
    if (!(await isAnchored(text(statement.get('root')), receipt, [key, ...trust.keys]))) report.find('anchor_wrong', SEAL, null, null, { number });
  }
  return true;
}

/** False when another key was given. */
export function tellKey(report: Report, file: string, number: number, key: string, keys: readonly string[]): boolean {
  const foreign = keys.length > 0 && !keys.includes(key);
  if (foreign) report.find('key_foreign', file, null, 'key', { number, key });
  else report.notice(keys.length > 0 ? 'key_trusted' : 'key_unchecked', file, { number, key });
  return !foreign;
}

function isComplete(statement: JsonObject): boolean {
  const previous = object(statement.get('previous'));
  const counts = object(statement.get('lines'));
  if (statement.get('format') !== SEAL_FORMAT || previous === null || counts === null) return false;
  const texts = ['hearing', 'case_number', 'court', 'root', 'key'].map((name) => text(statement.get(name)));
  const numbers = ['number', 'leaves', 'sealed_at_ms'].map((name) => whole(statement.get(name)));
  numbers.push(whole(previous.get('leaves')), ...[...counts.values()].map(whole));
  return !texts.includes(null) && !numbers.includes(null) && isMoment(whole(statement.get('sealed_at_ms')));
}

function inOrder(report: Report, statements: readonly JsonObject[]): boolean {
  let before: JsonObject | null = null;
  for (const [at, statement] of statements.entries()) {
    const previous = object(statement.get('previous'));
    const named: Json | undefined = before === null ? undefined : new Map([['leaves', before.get('leaves') ?? null], ['root', before.get('root') ?? null]]);
    const follows =
      whole(statement.get('number')) === at + 1 &&
      (before === null ||
        named === undefined ||
        (statement.get('hearing') === before.get('hearing') && previous !== null && canonical(previous) === canonical(named)));
    if (!follows) {
      report.find('seal_out_of_order', SEAL, null, null, { number: at + 1 });
      return false;
    }
    before = statement;
  }
  return true;
}

function isRooted(report: Report, statement: JsonObject, lines: readonly SealedLine[]): boolean {
  const sealed = whole(statement.get('leaves'));
  const number = whole(statement.get('number')) ?? 0;
  if (sealed === null || lines.length < sealed) {
    report.find('leaves_short', LEAVES, null, null, { number, sealed: sealed ?? 'None', found: lines.length });
    return false;
  }
  const root = merkleRoot(lines.slice(0, sealed).map((line) => unhex(line.leaf)));
  if (hex(root) !== text(statement.get('root')) || !areCounted(statement, lines.slice(0, sealed))) {
    report.find('leaves_altered', LEAVES, null, null, { number });
    return false;
  }
  return true;
}

/** Whether there are as many lines of each file as the seal says. */
function areCounted(statement: JsonObject, lines: readonly SealedLine[]): boolean {
  const counts = new Map([...(object(statement.get('lines')) ?? [])].map(([file, count]) => [file, whole(count)]));
  for (const { file } of lines) counts.set(file, (counts.get(file) ?? 0) - 1);
  return [...counts.values()].every((count) => count === 0);
}

/** Whether a receipt of the court's log shows that this root stood in it when its head was signed, with one of `keys`. */
async function isAnchored(root: string | null, receipt: Json, keys: readonly string[]): Promise<boolean> {
  const given = object(receipt);
  const head = object(given?.get('head'));
  const entry = text(given?.get('entry'));
  const path = given?.get('path');
  const [size, index] = [whole(head?.get('size')), whole(given?.get('index'))];
  const line = parseObject(entry, ['root']);
  if (given === null || !isNamed(given, RECEIPT) || head === null || entry === null || line === null || !Array.isArray(path)) return false;
  if (size === null || index === null || !keys.includes(shown(head.get('key'))) || line.get('root') !== root || canonical(line) !== entry) return false;
  try {
    const proof = path.map((step) => unhex(text(step) ?? '-'));
    const held = holdsLeaf(unhex(text(head.get('root')) ?? '-'), size, index, leafHash(utf8(entry)), proof);
    return held && head.get('format') === LOG_FORMAT && (await statementWrong(head, given.get('signature'))) === null;
  } catch {
    return false;
  }
}
