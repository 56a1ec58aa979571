/** Just enough of DER (X.690) for certificates and time stamps. Everything throws on what is cut off. */

import { hex } from './bytes';

export interface Element {
  tag: number;
  content: Uint8Array;
  /** With its tag and length. */
  whole: Uint8Array;
}

function element(data: Uint8Array, at: number): Element {
  const tag = data[at];
  let size = data[at + 1];
  if (tag === undefined || size === undefined) throw new RangeError('cut off');
  let start = at + 2;
  if (size & 0x80) {
    const digits = size & 0x7f;
    if (digits === 0 || digits > 4) throw new RangeError('length');
    size = 0;
    for (const byte of data.subarray(start, start + digits)) size = size * 256 + byte;
    start += digits;
  }
  if (start + size > data.length) throw new RangeError('cut off');
  return { tag, content: data.subarray(start, start + size), whole: data.subarray(at, start + size) };
}

/** Those in a constructed element's content, or one behind the other. */
export function elementsOf(content: Uint8Array): Element[] {
  const found: Element[] = [];
  for (let at = 0; at < content.length; ) {
    const each = element(content, at);
    found.push(each);
    at += each.whole.length;
  }
  return found;
}

/** Of the first element. */
export const contentOf = (data: Uint8Array): Uint8Array => element(data, 0).content;

/** Where these bytes, in hexadecimal, begin; -1 when they do not occur. */
export function find(data: Uint8Array, wanted: string): number {
  const text = hex(data);
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) if (at % 2 === 0) return at / 2;
  return -1;
}
