/** Where in a changed segment the change lies. See `recorder/verification/changed_media.py`. */

import { splitLines, textOf } from './bytes';
import { numeral } from './chains';
import { isMoment, isoTime, type Report } from './findings';
import { object, parseObject, whole } from './json';
import type { Folder, StoredFile } from './storedFiles';

interface WrittenFrame {
  start: number;
  end: number;
  crc32: number;
  rtp: number;
}

const CRC = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

function crc32(data: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of data) value = CRC[(value ^ byte) & 0xff]! ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

/** False when the sidecar does not tell. */
export async function locateChange(report: Report, folder: Folder, file: StoredFile): Promise<boolean> {
  const slash = file.path.lastIndexOf('/');
  const [sidecar, segment] = [folder.get(`${file.path.slice(0, slash)}/sync.jsonl`), folder.get(file.path)];
  const [rateHz, startMs] = [numeral(file.detail.get('clock_rate_hz')), numeral(file.fact.get('start_ms'))];
  const number = /^(\d+)(\.[^.]*)?$/.exec(file.path.slice(slash + 1))?.[1];
  if (sidecar === undefined || segment === undefined || number === undefined || !(rateHz > 0) || Number.isNaN(startMs)) return false;
  const wholeBytes = whole(file.detail.get('whole_bytes')) ?? file.sizeBytes;
  const frames = writtenFrames(new Uint8Array(await sidecar.arrayBuffer()), Number(number), wholeBytes);
  const data = new Uint8Array(await segment.arrayBuffer());
  if (frames === null || frames.length === 0) return false;
  const changed = frames.flatMap((frame, at) => (crc32(data.subarray(frame.start, frame.end)) === frame.crc32 ? [] : [at]));
  if (changed.length === 0) {
    report.find('segment_structure_changed', file.path);
  } else if (changed.length === frames.length) {
    report.find('segment_foreign', file.path, null, null, { frames: frames.length });
  } else {
    const [first, last] = [frames[changed[0]!]!, frames[changed.at(-1)!]!];
    const momentMs = (frame: WrittenFrame): number => startMs + (frame.rtp * 1000) / rateHz;
    if (!isMoment(momentMs(first)) || !isMoment(momentMs(last))) return false;
    const moment = (frame: WrittenFrame): string => isoTime(momentMs(frame));
    const place = { frames: frames.length, first: changed[0]! + 1, at: moment(first), from_byte: first.start, to_byte: last.end };
    if (changed.length === 1) report.find('frame_changed', file.path, null, null, place);
    else report.find('segment_changed', file.path, null, null, { changed: changed.length, until: moment(last), ...place });
  }
  return true;
}

function writtenFrames(sidecar: Uint8Array, segment: number, wholeBytes: number): WrittenFrame[] | null {
  const clusters = new Map<number, WrittenFrame[]>();
  for (const row of splitLines(sidecar)) {
    const fields = object(parseObject(textOf(row)) ?? null);
    const cluster = fields?.get('cluster');
    if (fields === null || !Array.isArray(cluster) || whole(fields.get('segment')) !== segment) continue;
    const [offset, size] = [whole(cluster[0]), whole(cluster[1])];
    const listed = fields.get('frames');
    if (offset === null || size === null || !Array.isArray(listed)) return null;
    if (size > 0 && offset + size <= wholeBytes) clusters.set(offset, placed(listed.map((frame) => (Array.isArray(frame) ? frame.map(numeral) : [])), offset + size));
  }
  return [...clusters].sort(([one], [other]) => one - other).flatMap(([, frames]) => frames);
}

function placed(frames: readonly number[][], clusterEnd: number): WrittenFrame[] {
  const found: WrittenFrame[] = [];
  let end = clusterEnd;
  for (const [rtp = 0, size = 0, crc = 0] of [...frames].reverse()) {
    found.push({ start: end - size, end, crc32: crc, rtp });
    end -= size + 4 + sizeDigits(size + 4) + 1;
  }
  return found.reverse();
}

function sizeDigits(value: number): number {
  let length = 1;
  while (value >= 2 ** (7 * length) - 1) length += 1;
  return length;
}
