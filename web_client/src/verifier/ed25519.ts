/** Checking Ed25519 signatures (RFC 8032 section 5.1.7): by the browser where it can, else with integers alone. */

import { unhex } from './bytes';

const P = 2n ** 255n - 19n;
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

type Point = [bigint, bigint, bigint, bigint];

const mod = (value: bigint, by = P): bigint => ((value % by) + by) % by;

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let factor = mod(base);
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = mod(result * factor);
    factor = mod(factor * factor);
  }
  return result;
}

const D = mod(-121665n * power(121666n, P - 2n));
const ROOT_OF_MINUS_ONE = power(2n, (P - 1n) / 4n);
const BASE = point(unhex('58' + '66'.repeat(31)))!;

export async function isSigned(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  try {
    const key = await crypto.subtle.importKey('raw', publicKey.slice(), 'Ed25519', false, ['verify']);
    return await crypto.subtle.verify('Ed25519', key, signature.slice(), message.slice());
  } catch {
    return isSignedByIntegers(publicKey, message, signature);
  }
}

/** Needs SHA-512 of the browser, which all have. */
export async function isSignedByIntegers(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
  const key = point(publicKey);
  const commitment = point(signature.slice(0, 32));
  const answer = little(signature.slice(32));
  if (key === null || commitment === null || answer >= ORDER) return false;
  const joined = new Uint8Array(64 + message.length);
  joined.set(signature.subarray(0, 32));
  joined.set(publicKey, 32);
  joined.set(message, 64);
  const challenge = mod(little(new Uint8Array(await crypto.subtle.digest('SHA-512', joined))), ORDER);
  const left = times(answer, BASE);
  const right = plus(commitment, times(challenge, key));
  return mod(left[0] * right[2] - right[0] * left[2]) === 0n && mod(left[1] * right[2] - right[1] * left[2]) === 0n;
}

function little(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let at = bytes.length - 1; at >= 0; at -= 1) value = (value << 8n) | BigInt(bytes[at]!);
  return value;
}

function plus(one: Point, other: Point): Point {
  const a = (one[1] - one[0]) * (other[1] - other[0]);
  const b = (one[1] + one[0]) * (other[1] + other[0]);
  const c = mod(2n * one[3] * other[3]) * D;
  const d = 2n * one[2] * other[2];
  const [e, f, g, h] = [mod(b - a), mod(d - c), mod(d + c), mod(b + a)];
  return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)];
}

function times(number: bigint, start: Point): Point {
  let total: Point = [0n, 1n, 1n, 0n];
  let doubled = start;
  for (let rest = number; rest > 0n; rest >>= 1n) {
    if (rest & 1n) total = plus(total, doubled);
    doubled = plus(doubled, doubled);
  }
  return total;
}

/** Section 5.1.3; null when it is no point of the curve. */
function point(encoded: Uint8Array): Point | null {
  const number = little(encoded);
  const sign = number >> 255n;
  const y = number & (2n ** 255n - 1n);
  if (y >= P) return null;
  const square = mod((y * y - 1n) * power(D * y * y + 1n, P - 2n));
  let x = power(square, (P + 3n) / 8n);
  if (mod(x * x - square) !== 0n) x = mod(x * ROOT_OF_MINUS_ONE);
  if (mod(x * x - square) !== 0n || (x === 0n && sign === 1n)) return null;
  if ((x & 1n) !== sign) x = P - x;
  return [x, y, 1n, mod(x * y)];
}
