/** The files of a recording: whether they are there, whole, and where they should be. See `recorder/verification/stored_files.py`. */

import { hex } from './bytes';
import type { Lines } from './chains';
import type { Report } from './findings';
import { type JsonObject, object, shown, text, whole } from './json';
import { Sha256 } from './sha256';
import { Sm3 } from './sm3';

export const FILES = 'files.jsonl';
export const CHUNK_BYTES = 1 << 20;

export type Folder = ReadonlyMap<string, File>;

export interface StoredFile {
  path: string;
  sizeBytes: number;
  sha256: string;
  sm3: string;
  kind: 'segment' | 'file';
  fact: JsonObject;
  detail: JsonObject;
}

interface FoundFile {
  sizeBytes: number;
  sha256: string;
  sm3: string;
}

const NOTHING: JsonObject = new Map();

export function listedSegments(report: Report, lines: Lines): StoredFile[] {
  const listed: StoredFile[] = [];
  for (const [number, line] of lines) {
    if (line.get('type') !== 'segment_sealed') continue;
    const [fact, detail] = [object(line.get('fact')) ?? NOTHING, object(line.get('detail')) ?? NOTHING];
    const [path, sizeBytes] = [text(fact.get('path')), whole(fact.get('size_bytes'))];
    if (path === null || sizeBytes === null) {
      report.find('line_unreadable', 'manifest.jsonl', number);
      continue;
    }
    listed.push({ path, sizeBytes, sha256: shown(fact.get('sha256')), sm3: shown(detail.get('sm3')), kind: 'segment', fact, detail });
  }
  return listed;
}

export function listedFiles(report: Report, lines: Lines): StoredFile[] {
  const listed = new Map<string, StoredFile>();
  for (const [number, line] of lines) {
    const [path, sizeBytes] = [text(line.get('path')), whole(line.get('size_bytes'))];
    if (path === null || sizeBytes === null) {
      report.find('line_unreadable', FILES, number);
      continue;
    }
    const digests = { sha256: shown(line.get('sha256')), sm3: shown(line.get('sm3')) };
    listed.set(path, { path, sizeBytes, ...digests, kind: 'file', fact: NOTHING, detail: NOTHING });
  }
  return [...listed.values()];
}

export const isInside = (path: string): boolean =>
  path !== '' && !path.includes('\\') && path.split('/').every((part) => !['', '.', '..'].includes(part));

async function digested(file: File | undefined, read: (sizeBytes: number) => Promise<void>): Promise<FoundFile | null> {
  if (file === undefined) return null;
  const [sha, sm3] = [new Sha256(), new Sm3()];
  const whole = file.size <= 64 * CHUNK_BYTES && globalThis.crypto?.subtle !== undefined;
  const native = whole ? crypto.subtle.digest('SHA-256', await file.arrayBuffer()) : null;
  for (let start = 0; start < file.size; start += CHUNK_BYTES) {
    const chunk = new Uint8Array(await file.slice(start, start + CHUNK_BYTES).arrayBuffer());
    if (native === null) sha.update(chunk);
    sm3.update(chunk);
    await read(chunk.length);
  }
  const hash = native === null ? sha.digest() : new Uint8Array(await native);
  return { sizeBytes: file.size, sha256: hex(hash), sm3: hex(sm3.digest()) };
}

export async function checkFiles(
  report: Report,
  folder: Folder,
  stored: readonly StoredFile[],
  strangers: readonly string[],
  read: (sizeBytes: number) => Promise<void>,
  locate: (file: StoredFile) => Promise<boolean>,
): Promise<void> {
  const found = new Map<string, FoundFile | null>();
  for (const file of stored) {
    if (!isInside(file.path)) {
      report.find('path_outside', file.path);
      continue;
    }
    found.set(file.path, await digested(folder.get(file.path), read));
    report.files += 1;
  }
  const lying = new Map<string, FoundFile | null>();
  for (const path of strangers) lying.set(path, await digested(folder.get(path), read));
  const owners = new Map(stored.map((file) => [file.sha256, file.path]));
  const renamed = new Map<string, string>();
  for (const [path, each] of lying) if (each !== null && owners.has(each.sha256)) renamed.set(each.sha256, path);
  const moved = new Set<string>();
  for (const file of stored) {
    const each = found.get(file.path);
    if (each === undefined) continue;
    if (each === null && renamed.has(file.sha256)) moved.add(renamed.get(file.sha256)!);
    await checkFile(report, file, each, owners, renamed, locate);
  }
  for (const path of strangers) {
    if (moved.has(path)) continue;
    const copied = owners.get(lying.get(path)?.sha256 ?? '');
    if (path.endsWith('.part')) report.find('segment_open', path);
    else if (copied !== undefined) report.find('file_copied', path, null, null, { other: copied });
    else report.find('file_unlisted', path);
  }
}

async function checkFile(
  report: Report,
  file: StoredFile,
  found: FoundFile | null,
  owners: ReadonlyMap<string, string>,
  renamed: ReadonlyMap<string, string>,
  locate: (file: StoredFile) => Promise<boolean>,
): Promise<void> {
  if (found === null) {
    const other = renamed.get(file.sha256);
    if (other === `${file.path}.part`) report.find('segment_open', other);
    else if (other !== undefined) report.find('file_renamed', file.path, null, null, { other });
    else report.find('file_missing', file.path);
  } else if (found.sha256 === file.sha256) {
    if (found.sm3 !== file.sm3) report.find('sm3_differs', file.path);
  } else if (owners.has(found.sha256)) {
    report.find('file_swapped', file.path, null, null, { other: owners.get(found.sha256)! });
  } else {
    if (found.sizeBytes !== file.sizeBytes) {
      report.find('size_differs', file.path, null, null, { found: found.sizeBytes, recorded: file.sizeBytes });
    }
    if (file.kind !== 'segment' || !(await locate(file))) report.find('file_changed', file.path);
  }
}
