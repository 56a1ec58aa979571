import { describe, expect, it } from 'vitest';
import { durationMs, fillHoles } from '../../src/archive/opusHoles';

/** A wideband packet of 20 ms with something in it. */
const SPEECH = Uint8Array.of(0x48, 1, 2, 3);
const HEADER = [0x1a, 0x45, 0xdf, 0xa3, 0x80, 0x18, 0x53, 0x80, 0x67, 0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];

/** A file as the recorder writes it: one cluster at `baseMs` with a packet at each of `times`, relative to it. */
function file(baseMs: number, times: readonly number[]): Uint8Array<ArrayBuffer> {
  const blocks = times.flatMap((time) => [0xa3, 0x80 | (4 + SPEECH.length), 0x81, time >> 8, time & 0xff, 0x80, ...SPEECH]);
  const body = [0xe7, 0x82, baseMs >> 8, baseMs & 0xff, ...blocks];
  return Uint8Array.from([...HEADER, 0x1f, 0x43, 0xb6, 0x75, 0x40 | (body.length >> 8), body.length & 0xff, ...body]);
}

/** Times and bytes of the packets in a file, read in another way than the code does. */
function packets(bytes: Uint8Array): [number, number[]][] {
  const found: [number, number[]][] = [];
  let baseMs = 0;
  for (let at = HEADER.length; at < bytes.length; ) {
    const id = bytes[at]!;
    const idLength = id === 0x1f ? 4 : 1;
    const first = bytes[at + idLength]!;
    const length = first === 0x01 ? 8 : first & 0x80 ? 1 : 2;
    let size = first & (0xff >> length);
    for (let more = 1; more < length; more += 1) size = size * 256 + bytes[at + idLength + more]!;
    const body = at + idLength + length;
    if (id === 0xe7) baseMs = [...bytes.slice(body, body + size)].reduce((total, byte) => total * 256 + byte, 0);
    if (id === 0xa3) found.push([baseMs + bytes[body + 1]! * 256 + bytes[body + 2]!, [...bytes.slice(body + 4, body + size)]]);
    at = id === 0x1f ? body : body + size;
  }
  return found;
}

describe('holes in a voice', () => {
  it('are not looked for where there are none: the file stays the same', () => {
    const whole = file(0, [0, 20, 40]);
    expect(fillHoles(whole, 60)).toBe(whole);
  });

  it('of silence that was not sent are filled with packets that say so', () => {
    const filled = packets(fillHoles(file(300, [0, 20, 400]), 720));
    expect(filled.map(([atMs]) => atMs)).toEqual(Array.from({ length: 21 }, (_, index) => 300 + index * 20));
    expect(filled[1]?.[1]).toEqual([...SPEECH]);
    expect(filled[2]?.[1]).toEqual([0x48]);
    expect(filled[20]?.[1]).toEqual([...SPEECH]);
  });

  it('of lost sound are filled with silence, never with what the decoder would make up', () => {
    const filled = packets(fillHoles(file(0, [0, 1000]), 1020));
    expect(filled).toHaveLength(51);
    expect(filled.slice(1, 50).every(([, data]) => data.join() === '248,255,254')).toBe(true);
  });

  it('at the end are filled up to the next file', () => {
    expect(packets(fillHoles(file(0, [0]), 100)).map(([atMs]) => atMs)).toEqual([0, 20, 40, 60, 80]);
  });

  it('of a file of another kind are left alone', () => {
    const strange = Uint8Array.of(1, 2, 3);
    expect(fillHoles(strange, 1000)).toBe(strange);
  });

  it('are counted by the length of each packet', () => {
    expect([0x48, 0x08, 0x18, 0x83, 0xf8].map((toc) => durationMs(Uint8Array.of(toc, 2)))).toEqual([20, 20, 60, 5, 20]);
  });
});
