/** Keys and signatures of a seal. See `recorder/verification/keys.py`. */

import { hex, unbase64, utf8 } from './bytes';
import { isSigned } from './ed25519';
import { canonical, type JsonObject, type Json, text } from './json';
import { sha256 } from './sha256';
import type { Code } from './wording.gen';

const SPKI_PREFIX = '302a300506032b6570032100';

const keyId = (publicKey: Uint8Array): string => hex(sha256(publicKey));

/** Key ids out of what the court publishes: ids in hexadecimal, one a line, or public keys in PEM. */
export function trustedIds(published: string): string[] {
  const ids: string[] = [];
  for (const [, block] of published.matchAll(/-----BEGIN PUBLIC KEY-----([^-]+)-----END PUBLIC KEY-----/g)) {
    const der = unbase64((block ?? '').replace(/\s/g, ''));
    if (hex(der.slice(0, -32)) === SPKI_PREFIX) ids.push(keyId(der.slice(-32)));
  }
  for (const line of published.split(/\r?\n/)) {
    const spelled = line.replace(/[ :]/g, '');
    if (/^[0-9a-fA-F]{64}$/.test(spelled)) ids.push(spelled.toLowerCase());
  }
  return ids;
}

/** The code of what is wrong with a statement that names its `key` and `public_key`; null when it is signed. */
export async function statementWrong(statement: JsonObject, signature: Json | undefined): Promise<Code | null> {
  const publicKey = unbase64(statement.get('public_key'));
  if (keyId(publicKey) !== text(statement.get('key'))) return 'key_misnamed';
  if (!(await isSigned(publicKey, utf8(canonical(statement)), unbase64(signature)))) return 'signature_wrong';
  return null;
}
