/** Whether a time stamp was signed by an authority whose certificates were given: CMS SignedData (RFC 5652), certificates (RFC 5280). */

import { hex, same, unbase64 } from './bytes';
import { contentOf, type Element, elementsOf } from './der';

/** `unknown`: signed by a method that this page does not know; never good. */
export type Verdict = 'good' | 'wrong' | 'unknown';

const SIGNED_DATA = '2a864886f70d010702';
const MESSAGE_DIGEST = '2a864886f70d010904';
const TIME_STAMPING = '06082b06010505070308';
const EXTENDED_KEY_USAGE = '551d25';
const BASIC_CONSTRAINTS = '551d13';
const HASHES: Record<string, string> = {
  '608648016503040201': 'SHA-256',
  '608648016503040202': 'SHA-384',
  '608648016503040203': 'SHA-512',
};
/** Signature algorithms that name their hash, and those that leave it to the digest algorithm. */
const RSA: Record<string, string> = { '2a864886f70d01010b': 'SHA-256', '2a864886f70d01010c': 'SHA-384', '2a864886f70d01010d': 'SHA-512', '2a864886f70d010101': '' };
const ECDSA: Record<string, string> = { '2a8648ce3d040302': 'SHA-256', '2a8648ce3d040303': 'SHA-384', '2a8648ce3d040304': 'SHA-512' };
const CURVES: Record<string, [string, number]> = { '2a8648ce3d030107': ['P-256', 32], '2b81040022': ['P-384', 48], '2b81040023': ['P-521', 66] };
const LONGEST_CHAIN = 6;

class UnknownMethod extends Error {}

interface Certificate {
  whole: Uint8Array;
  signed: Uint8Array;
  algorithm: Element;
  signature: Uint8Array;
  serial: Uint8Array;
  issuer: Uint8Array;
  subject: Uint8Array;
  publicKey: Element;
  fromMs: number;
  untilMs: number;
  extensions: Map<string, Uint8Array>;
}

export async function bySignerOf(authority: string, response: Uint8Array, atMs: number): Promise<Verdict> {
  try {
    const trusted = pemCertificates(authority);
    return (await isSignedBy(trusted, response, atMs)) ? 'good' : 'wrong';
  } catch (error) {
    return error instanceof UnknownMethod ? 'unknown' : 'wrong';
  }
}

async function isSignedBy(trusted: Certificate[], response: Uint8Array, atMs: number): Promise<boolean> {
  const [, token] = elementsOf(contentOf(response));
  const [type, explicit] = elementsOf(token!.content);
  if (hex(type!.content) !== SIGNED_DATA) return false;
  const parts = elementsOf(contentOf(explicit!.content));
  const [, encapsulated] = elementsOf(parts[2]!.content);
  const stamped = contentOf(encapsulated!.content);
  const included = parts.filter((part) => part.tag === 0xa0).flatMap((part) => elementsOf(part.content).map(certificate));
  const signers = elementsOf(parts[parts.length - 1]!.content);
  if (signers.length !== 1) return false;
  const [, sid, digestAlgorithm, attributes, algorithm, signature] = elementsOf(signers[0]!.content);
  if (attributes!.tag !== 0xa0) return false;
  const [issuer, serial] = elementsOf(sid!.content);
  const known = [...included, ...trusted];
  const signer = known.find((each) => same(each.issuer, issuer!.whole) && same(each.serial, serial!.content));
  const hash = HASHES[oid(digestAlgorithm!)];
  if (hash === undefined) throw new UnknownMethod();
  if (signer === undefined || !stampsTime(signer)) return false;
  const digest = new Uint8Array(await crypto.subtle.digest(hash, stamped.slice()));
  const told = elementsOf(attributes!.content).map((each) => elementsOf(each.content)).find(([name]) => hex(name!.content) === MESSAGE_DIGEST);
  if (told === undefined || !same(contentOf(told[1]!.content), digest)) return false;
  // What is signed is the set of attributes, with its own tag (RFC 5652 section 5.4).
  const signed = attributes!.whole.slice();
  signed[0] = 0x31;
  if (!(await verified(signer.publicKey, oid(algorithm!), hash, signature!.content, signed))) return false;
  return leadsTo(trusted, signer, known, atMs);
}

/** From the signer up to a trusted certificate, all valid at the stamped time. */
async function leadsTo(trusted: Certificate[], signer: Certificate, known: Certificate[], atMs: number): Promise<boolean> {
  let each = signer;
  for (let length = 0; length < LONGEST_CHAIN; length += 1) {
    if (atMs < each.fromMs || atMs > each.untilMs) return false;
    if (trusted.some((one) => same(one.whole, each.whole))) return true;
    let above: Certificate | null = null;
    for (const one of known.filter((other) => same(other.subject, each.issuer) && mayIssue(other))) {
      if (await verified(one.publicKey, oid(each.algorithm), '', each.signature, each.signed)) above = one;
    }
    if (above === null) return false;
    each = above;
  }
  return false;
}

const oid = (algorithm: Element): string => hex(elementsOf(algorithm.content)[0]!.content);

function stampsTime(signer: Certificate): boolean {
  const usage = signer.extensions.get(EXTENDED_KEY_USAGE);
  return usage !== undefined && elementsOf(contentOf(usage)).some((each) => hex(each.whole) === TIME_STAMPING);
}

function mayIssue(issuer: Certificate): boolean {
  const constraints = issuer.extensions.get(BASIC_CONSTRAINTS);
  return constraints !== undefined && elementsOf(contentOf(constraints))[0]?.tag === 0x01;
}

/** Throws `UnknownMethod` for keys and algorithms that are not known. */
async function verified(key: Element, algorithm: string, digest: string, signature: Uint8Array, data: Uint8Array): Promise<boolean> {
  const [type] = elementsOf(key.content);
  const curve = CURVES[hex(elementsOf(type!.content)[1]?.content ?? new Uint8Array())];
  if (algorithm in RSA) {
    const scheme = { name: 'RSASSA-PKCS1-v1_5', hash: RSA[algorithm] || digest || 'SHA-256' };
    const imported = await crypto.subtle.importKey('spki', key.whole.slice(), scheme, false, ['verify']);
    return crypto.subtle.verify(scheme.name, imported, signature.slice(), data.slice());
  }
  const hash = ECDSA[algorithm];
  if (hash === undefined || curve === undefined) throw new UnknownMethod();
  const imported = await crypto.subtle.importKey('spki', key.whole.slice(), { name: 'ECDSA', namedCurve: curve[0] }, false, ['verify']);
  const raw = new Uint8Array(2 * curve[1]);
  elementsOf(contentOf(signature)).forEach((number, at) => {
    const digits = number.content.subarray(Math.max(0, number.content.length - curve[1]));
    raw.set(digits, (at + 1) * curve[1] - digits.length);
  });
  return crypto.subtle.verify({ name: 'ECDSA', hash }, imported, raw, data.slice());
}

export function pemCertificates(text: string): Certificate[] {
  const blocks = text.matchAll(/-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----/g);
  return [...blocks].map(([, block]) => certificate(elementsOf(unbase64((block ?? '').replace(/\s/g, '')))[0]!));
}

function certificate(given: Element): Certificate {
  const [signed, algorithm, signature] = elementsOf(given.content);
  const fields = elementsOf(signed!.content);
  if (fields[0]!.tag === 0xa0) fields.shift();
  const [serial, , issuer, validity, subject, publicKey] = fields;
  const [from, until] = elementsOf(validity!.content).map(timeMs);
  const listed = fields.find((field) => field.tag === 0xa3);
  const extensions = new Map<string, Uint8Array>();
  for (const each of listed === undefined ? [] : elementsOf(contentOf(listed.content))) {
    const parts = elementsOf(each.content);
    extensions.set(hex(parts[0]!.content), parts[parts.length - 1]!.content);
  }
  return {
    whole: given.whole,
    signed: signed!.whole,
    algorithm: algorithm!,
    signature: signature!.content.subarray(1),
    serial: serial!.content,
    issuer: issuer!.whole,
    subject: subject!.whole,
    publicKey: publicKey!,
    fromMs: from!,
    untilMs: until!,
    extensions,
  };
}

/** UTCTime or GeneralizedTime (RFC 5280 section 4.1.2.5). */
function timeMs(moment: Element): number {
  let text = new TextDecoder().decode(moment.content);
  if (moment.tag === 0x17) text = (Number(text.slice(0, 2)) < 50 ? '20' : '19') + text;
  const [year, month, day, hour, minute, second] = [text.slice(0, 4), text.slice(4, 6), text.slice(6, 8), text.slice(8, 10), text.slice(10, 12), text.slice(12, 14)].map(Number);
  return Date.UTC(year!, month! - 1, day, hour, minute, second);
}
