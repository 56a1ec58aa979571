/** The bag a hearing's folder may travel in (BagIt, RFC 8493). See `recorder/verification/bag.py`. */

import { hex } from './bytes';
import type { Report } from './findings';
import { Sha256 } from './sha256';
import { CHUNK_BYTES, type Folder, isInside } from './storedFiles';

export const BAG = 'bagit.txt';
const PAYLOAD = 'data/';
const RECORDING = 'data/recording/';
/** Checked against the seal, not once more against the list of the bag. */
const SEALED_MEDIA = `${RECORDING}tracks/`;
const LISTS = ['manifest-sha256.txt', 'tagmanifest-sha256.txt'];
const LISTED = /^([0-9a-f]{64}) {2}(\S.*)$/s;

type Read = (sizeBytes: number) => Promise<void>;

export const isBag = (folder: Folder): boolean => folder.has(BAG);

/** The hearing's folder in it. */
export const recordingIn = (bag: Folder): Folder =>
  new Map([...bag].flatMap(([path, file]) => (path.startsWith(RECORDING) ? [[path.slice(RECORDING.length), file] as const] : [])));

export async function checkBag(report: Report, bag: Folder, read: Read): Promise<void> {
  const listed = new Map<string, string>();
  for (const name of LISTS) for (const [path, sha256] of await listedIn(report, bag, name)) listed.set(path, sha256);
  for (const [path, sha256] of listed) {
    if (path.startsWith(SEALED_MEDIA) || told(report, path)) continue;
    const file = bag.get(path);
    if (!isInside(path)) report.find('path_outside', path);
    else if (file === undefined) report.find('bag_file_missing', path);
    else if ((await sha256Of(file, read)) !== sha256) report.find('bag_file_changed', path);
  }
  for (const path of payload(bag)) {
    if (!listed.has(path)) report.find('bag_file_unlisted', path);
  }
}

/** How many bytes `checkBag` reads at most. */
export const bagBytes = (bag: Folder): number => payload(bag).reduce((sum, path) => sum + (bag.get(path)?.size ?? 0), 0);

const payload = (bag: Folder): string[] =>
  [...bag.keys()].filter((path) => path.startsWith(PAYLOAD) && !path.startsWith(SEALED_MEDIA)).sort();

const told = (report: Report, path: string): boolean => path.startsWith(RECORDING) && report.blames(path.slice(RECORDING.length));

/** SHA-256 by path. */
async function listedIn(report: Report, bag: Folder, name: string): Promise<Map<string, string>> {
  const listed = new Map<string, string>();
  const file = bag.get(name);
  if (file === undefined) {
    report.find('bag_file_missing', name);
    return listed;
  }
  const rows = new TextDecoder('utf-8', { ignoreBOM: true }).decode(await file.arrayBuffer()).split('\n');
  const rest = rows.pop();
  for (const [at, row] of rows.entries()) {
    const line = LISTED.exec(row);
    if (line === null) report.find('line_unreadable', name, at + 1);
    else listed.set(line[2]!, line[1]!);
  }
  if (rest !== '') report.find('line_cut_off', name, rows.length + 1);
  return listed;
}

async function sha256Of(file: File, read: Read): Promise<string> {
  const digest = new Sha256();
  for (let start = 0; start < file.size; start += CHUNK_BYTES) {
    const chunk = new Uint8Array(await file.slice(start, start + CHUNK_BYTES).arrayBuffer());
    digest.update(chunk);
    await read(chunk.length);
  }
  return hex(digest.digest());
}
