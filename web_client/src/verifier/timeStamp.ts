/** The time stamp of a seal (RFC 3161): what it says, and whether the given authority signed it (`cms.ts`). */

import { same, unbase64 } from './bytes';
import { bySignerOf, type Verdict } from './cms';
import { contentOf, elementsOf, find, type Element } from './der';
import { isMoment, isoTime, type Report } from './findings';
import { isNamed, type Json, object } from './json';
import { sha256 } from './sha256';

/** id-ct-TSTInfo, before the content that is stamped. */
const TST_INFO = '060b2a864886f70d0109100104';

export interface StampState {
  state: string;
  at: string | null;
}

export async function checkStamps(
  report: Report,
  number: number,
  signature: Uint8Array,
  stamps: Json | undefined,
  authority: string | null,
): Promise<StampState> {
  let state: StampState = { state: 'none', at: null };
  const list = Array.isArray(stamps) ? stamps : [];
  if (list.length === 0) report.notice('stamp_none', 'seal.json', { number });
  for (const stamp of list) state = await checkStamp(report, number, signature, stamp, authority);
  return state;
}

async function checkStamp(report: Report, number: number, signature: Uint8Array, stamp: Json, authority: string | null): Promise<StampState> {
  const given = object(stamp);
  const response = given !== null && isNamed(given, ['response']) ? unbase64(given.get('response')) : new Uint8Array();
  const content = stampedContent(response);
  if (content === null) {
    report.find('stamp_unreadable', 'seal.json', null, 'stamps', { number });
    return { state: 'wrong', at: null };
  }
  const at = isoTime(content.atMs);
  if (!same(content.imprint, sha256(signature))) {
    report.find('stamp_of_something_else', 'seal.json', null, 'stamps', { number, at });
    return { state: 'wrong', at };
  }
  if (authority === null) {
    report.notice('stamp_without_authority', 'seal.json', { number, at });
    return { state: 'unchecked', at };
  }
  const verdict: Verdict = await bySignerOf(authority, response, content.atMs);
  if (verdict === 'unknown') {
    report.notice('stamp_unknown_method', 'seal.json', { number, at });
    return { state: 'unchecked', at };
  }
  if (verdict === 'wrong') {
    report.find('stamp_of_another_authority', 'seal.json', null, 'stamps', { number, at });
    return { state: 'wrong', at };
  }
  report.notice('stamp_good', 'seal.json', { number, at });
  return { state: 'good', at };
}

/** Of a TimeStampResp in DER; null when it cannot be read. */
export function stampedContent(response: Uint8Array): { imprint: Uint8Array; atMs: number } | null {
  try {
    const at = find(response, TST_INFO);
    if (at < 0) return null;
    const [info] = elementsOf(contentOf(contentOf(response.subarray(at + TST_INFO.length / 2))));
    const [, , imprint, , moment] = elementsOf(info!.content) as [Element, Element, Element, Element, Element];
    const [, digest] = elementsOf(imprint.content);
    const atMs = generalizedTimeMs(new TextDecoder().decode(moment.content));
    return isMoment(atMs) ? { imprint: digest!.content, atMs } : null;
  } catch {
    return null;
  }
}

function generalizedTimeMs(text: string): number {
  const found = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d+))?Z?$/.exec(text);
  if (found === null) return NaN;
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map(Number) as [number, number, number, number, number, number];
  return Date.UTC(year, month - 1, day, hour, minute, second) + Number(`${found[7] ?? ''}000`.slice(0, 3));
}
