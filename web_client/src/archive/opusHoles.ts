/**
 * Makes an archived voice playable without a break. Pure.
 *
 * A microphone that hears silence sends next to nothing (Opus DTX), and lost packets leave holes. A media element stops at a
 * hole for good, so before a file is played, holes are filled here: short ones by packets that let the decoder go on as it
 * did for those who listened, longer ones by silence. The file in the archive stays as it is; only the copy in memory grows.
 */

/** One Opus packet at its time in the file. */
interface Packet {
  atMs: number;
  data: Uint8Array;
}

/** What is said of one element of EBML (RFC 8794): its ID with the marker bits, and where its body lies. */
interface Element {
  id: number;
  from: number;
  body: number;
  to: number;
}

const CLUSTER = 0x1f43b675;
const SEGMENT = 0x18538067;
const TIMESTAMP = 0xe7;
const SIMPLE_BLOCK = 0xa3;
const UNKNOWN = Number.POSITIVE_INFINITY;

/** Differences up to this are rounding. */
const HOLE_FROM_MS = 5;
/** libopus sends a packet at least this often while a microphone hears silence; what is longer was lost. */
const SILENCE_SENT_MS = 500;
const FILL_MS = 20;
/** 20 ms of silence in any Opus stream (RFC 6716: CELT, fullband, mono). */
const SILENCE = Uint8Array.of(0xf8, 0xff, 0xfe);
const CLUSTER_MS = 1000;

/** The file with its holes filled, also up to `untilMs` after its beginning; the same bytes when there is nothing to fill. */
export function fillHoles(file: Uint8Array<ArrayBuffer>, untilMs: number): Uint8Array<ArrayBuffer> {
  try {
    const { header, packets } = packetsOf(file);
    const whole = filled(packets, untilMs);
    return whole.length === packets.length ? file : joined(header, whole);
  } catch (error) {
    // Another writer's file; the browser may still play it.
    if (error instanceof RangeError) return file;
    throw error;
  }
}

function filled(packets: readonly Packet[], untilMs: number): Packet[] {
  const whole: Packet[] = [];
  packets.forEach((packet, at) => {
    whole.push(packet);
    let endMs = packet.atMs + durationMs(packet.data);
    const next = packets[at + 1]?.atMs ?? untilMs;
    if (next - endMs <= HOLE_FROM_MS) return;
    // A packet of its table of contents alone says: nothing was sent (RFC 6716 section 3.1, code 0).
    const nothing = Uint8Array.of((packet.data[0] ?? 0) & 0xfc);
    const silent = next - endMs > SILENCE_SENT_MS;
    const step = silent ? FILL_MS : durationMs(nothing);
    for (; next - endMs >= step - HOLE_FROM_MS; endMs += step) whole.push({ atMs: endMs, data: silent ? SILENCE : nothing });
  });
  return whole;
}

/** Length of an Opus packet by its first two bytes (RFC 6716 section 3). */
export function durationMs(packet: Uint8Array): number {
  const toc = packet[0] ?? 0;
  const config = toc >> 3;
  const frame = config < 12 ? [10, 20, 40, 60][config & 3] : config < 16 ? [10, 20][config & 1] : [2.5, 5, 10, 20][config & 3];
  const code = toc & 3;
  const frames = code === 0 ? 1 : code < 3 ? 2 : (packet[1] ?? 1) & 0x3f;
  return (frame ?? 20) * frames;
}

function packetsOf(file: Uint8Array<ArrayBuffer>): { header: Uint8Array; packets: Packet[] } {
  const packets: Packet[] = [];
  let headerEnds = -1;
  for (let at = 0; at < file.length; ) {
    const element = elementAt(file, at);
    // A segment of unknown length holds everything that follows.
    at = element.id === SEGMENT ? element.body : element.to;
    if (element.id !== CLUSTER) continue;
    if (headerEnds === -1) headerEnds = element.from;
    readCluster(file, element, packets);
  }
  if (headerEnds === -1) throw new RangeError('no cluster');
  return { header: file.subarray(0, headerEnds), packets };
}

function readCluster(file: Uint8Array, cluster: Element, packets: Packet[]): void {
  let baseMs = 0;
  for (let at = cluster.body; at < cluster.to; ) {
    const element = elementAt(file, at);
    at = element.to;
    if (element.id === TIMESTAMP) {
      baseMs = 0;
      for (let byte = element.body; byte < element.to; byte += 1) baseMs = baseMs * 256 + (file[byte] ?? 0);
    } else if (element.id === SIMPLE_BLOCK) {
      const relative = (((file[element.body + 1] ?? 0) << 8) | (file[element.body + 2] ?? 0)) << 16 >> 16;
      packets.push({ atMs: baseMs + relative, data: file.subarray(element.body + 4, element.to) });
    } else throw new RangeError('not a cluster of the recorder');
  }
}

function elementAt(file: Uint8Array, from: number): Element {
  const first = file[from] ?? 0;
  const idLength = Math.clz32(first) - 23;
  const sizeAt = from + idLength;
  const sizeFirst = file[sizeAt] ?? 0;
  const sizeLength = Math.clz32(sizeFirst) - 23;
  if (idLength > 4 || sizeLength > 8) throw new RangeError('not EBML');
  let id = 0;
  for (let at = from; at < sizeAt; at += 1) id = id * 256 + (file[at] ?? 0);
  let size = sizeFirst & (0xff >> sizeLength);
  let unknown = size === 0xff >> sizeLength;
  for (let at = sizeAt + 1; at < sizeAt + sizeLength; at += 1) {
    unknown &&= file[at] === 0xff;
    size = size * 256 + (file[at] ?? 0);
  }
  const body = sizeAt + sizeLength;
  const to = unknown ? UNKNOWN : body + size;
  if (unknown ? id !== SEGMENT : to > file.length) throw new RangeError('an element is cut off');
  return { id, from, body, to };
}

function joined(header: Uint8Array, packets: readonly Packet[]): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [header];
  for (let at = 0; at < packets.length; ) {
    const baseMs = Math.floor(packets[at]?.atMs ?? 0);
    const blocks: Uint8Array[] = [element([TIMESTAMP], bytesOf(baseMs, 4))];
    for (let packet = packets[at]; packet !== undefined && packet.atMs - baseMs < CLUSTER_MS; packet = packets[at]) {
      const relative = Math.round(packet.atMs - baseMs);
      blocks.push(element([SIMPLE_BLOCK], concatenated([Uint8Array.of(0x81, relative >> 8, relative & 0xff, 0x80), packet.data])));
      at += 1;
    }
    parts.push(element([0x1f, 0x43, 0xb6, 0x75], concatenated(blocks)));
  }
  return concatenated(parts);
}

function element(id: readonly number[], body: Uint8Array): Uint8Array {
  // A size of eight bytes is always right (RFC 8794 section 4).
  return concatenated([Uint8Array.from(id), Uint8Array.of(0x01), bytesOf(body.length, 7), body]);
}

function bytesOf(value: number, count: number): Uint8Array {
  const bytes = new Uint8Array(count);
  for (let at = count - 1, left = value; at >= 0; at -= 1, left = Math.floor(left / 256)) bytes[at] = left % 256;
  return bytes;
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
