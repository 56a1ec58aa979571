/** Verifying a hearing's folder as the browser was given it. See `recorder/verification/folder.py`. */

import { bagBytes, checkBag, isBag, recordingIn } from './bag';
import { splitLines, textOf } from './bytes';
import { JOURNAL, type Lines, MANIFEST, readJournal, readManifest } from './chains';
import { locateChange } from './changedMedia';
import { Report } from './findings';
import { type JsonObject, object, parseObject, shown, whole } from './json';
import { checkHearing, checkPackets, checkTold, checkTranscript, namePeople, PARTICIPANTS, TRANSCRIPT } from './record';
import { type Believed, checkSeal, LEAVES, LINE_FILES, SEAL, type Trust } from './sealFile';
import { compareLines } from './sealedLines';
import { checkFiles, FILES, type Folder, listedFiles, listedSegments, type StoredFile } from './storedFiles';

const NONE = new Uint8Array();

type Texts = Map<string, Uint8Array | null>;

/** Of a bag, the hearing's folder in it, and then the bag. `progress` is told parts of 1. */
export async function verifyFolder(given: Folder, trust: Trust, progress: (part: number) => void): Promise<Report> {
  const bag = isBag(given) ? given : null;
  const folder = bag === null ? given : recordingIn(bag);
  const report = new Report();
  const texts: Texts = new Map();
  for (const name of [...LINE_FILES, LEAVES, SEAL]) texts.set(name, await content(folder, name));
  if (texts.get(MANIFEST) === null) report.find('manifest_missing', MANIFEST);
  const seal = texts.get(SEAL) ?? null;
  let believed: Believed = { hearing: null, counts: new Map(), lines: null };
  if (seal !== null) believed = await checkSeal(report, seal, texts.get(LEAVES) ?? null, trust);
  else report.find('seal_missing', SEAL);
  compare(report, believed, texts);
  const { manifest, journal, transcript, participants, files } = read(report, texts);
  const told = checkHearing(report, MANIFEST, manifest, believed.hearing);
  checkHearing(report, JOURNAL, journal, told);
  if (seal !== null && texts.get(JOURNAL) !== null) {
    if (manifest.length > 0) checkTold(report, manifest, journal);
    checkTranscript(report, transcript, journal);
  }
  const stored = [...listedSegments(report, manifest), ...listedFiles(report, files)];
  const strangers = strangersIn(folder, stored, manifest, seal !== null);
  const total = stored.reduce((sum, file) => sum + file.sizeBytes, bag === null ? 0 : bagBytes(bag)) || 1;
  let done = 0;
  let drawn = performance.now();
  const readBytes = async (sizeBytes: number): Promise<void> => {
    done += sizeBytes;
    progress(Math.min(1, done / total));
    if (performance.now() - drawn < 50) return;
    await new Promise((drawnOnce) => setTimeout(drawnOnce)); // lets the page draw its bar
    drawn = performance.now();
  };
  await checkFiles(report, folder, stored, strangers, readBytes, (file) => locateChange(report, folder, file));
  checkPackets(report, manifest);
  if (believed.lines !== null) namePeople(report, participants);
  if (bag !== null) await checkBag(report, bag, readBytes);
  return report;
}

async function content(folder: Folder, name: string): Promise<Uint8Array | null> {
  const file = folder.get(name);
  return file === undefined ? null : new Uint8Array(await file.arrayBuffer());
}

function compare(report: Report, believed: Believed, texts: Texts): void {
  for (const [name, count] of [...believed.counts].sort(([one], [other]) => (one < other ? -1 : 1))) {
    const data = texts.get(name) ?? null;
    if (data === null) {
      if (count > 0 && name !== MANIFEST) report.find('file_missing', name);
      continue;
    }
    const present = splitLines(data);
    if (believed.lines !== null) {
      compareLines(report, name, believed.lines.get(name) ?? [], present);
    } else if (present.length !== count) {
      const code = present.length < count ? 'lines_cut' : 'lines_appended';
      report.find(code, name, Math.min(present.length, count) + 1, null, { sealed: count, found: present.length });
    }
  }
}

type Read = Record<'manifest' | 'journal' | 'transcript' | 'participants' | 'files', Lines>;

function read(report: Report, texts: Texts): Read {
  const chains = new Report();
  const manifest = readManifest(chains, texts.get(MANIFEST) ?? NONE);
  const journal = readJournal(chains, texts.get(JOURNAL) ?? NONE);
  if (manifest.length === 0 && texts.get(MANIFEST) !== null) report.find('manifest_empty', MANIFEST);
  const plain = (name: string): Lines =>
    splitLines(texts.get(name) ?? NONE).flatMap((row, at): Lines => {
      const line = parseObject(textOf(row));
      if (line === null) chains.find('line_unreadable', name, at + 1);
      return line === null ? [] : [[at + 1, line]];
    });
  const [transcript, participants, files] = [plain(TRANSCRIPT), plain(PARTICIPANTS), plain(FILES)];
  const blamed = new Set([...texts.keys()].filter((name) => report.blames(name)));
  report.findings.push(...chains.findings.filter((finding) => !blamed.has(finding.file)));
  return { manifest, journal, transcript, participants, files };
}

function strangersIn(folder: Folder, stored: readonly StoredFile[], manifest: Lines, withSidecars: boolean): string[] {
  const listed = new Set(stored.map((file) => file.path));
  for (const [, line] of manifest) if (line.get('type') === 'segment_empty') listed.add(pathOfEmpty(object(line.get('detail'))));
  const names = [...folder.keys()].filter((path) => path.startsWith('tracks/')).sort();
  return names.filter((name) => !listed.has(name) && (withSidecars || !name.endsWith('/sync.jsonl')));
}

function pathOfEmpty(noted: JsonObject | null): string {
  const index = whole(noted?.get('index'));
  const name = index === null ? '' : `${String(index).padStart(5, '0')}.mkv.empty`;
  return `tracks/${shown(noted?.get('participant'))}/${shown(noted?.get('track'))}/${name}`;
}
