/** Merkle trees of RFC 6962 section 2.1: root, leaves, and checking that a leaf stands under a root. */

import { same } from './bytes';
import { sha256 } from './sha256';

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

export const leafHash = (...parts: Uint8Array[]): Uint8Array => sha256(LEAF, ...parts);
const nodeHash = (left: Uint8Array, right: Uint8Array): Uint8Array => sha256(NODE, left, right);

export function merkleRoot(leaves: readonly Uint8Array[]): Uint8Array {
  const finished: Uint8Array[] = [];
  leaves.forEach((leaf, at) => {
    finished.push(leaf);
    for (let count = at + 1; count % 2 === 0; count /= 2) {
      const right = finished.pop()!;
      finished.push(nodeHash(finished.pop()!, right));
    }
  });
  let whole = finished.pop() ?? sha256();
  while (finished.length > 0) whole = nodeHash(finished.pop()!, whole);
  return whole;
}

/** RFC 9162 section 2.1.3.2. Sizes stay below 2^31. */
export function holdsLeaf(root: Uint8Array, size: number, index: number, leaf: Uint8Array, proof: readonly Uint8Array[]): boolean {
  if (index < 0 || index >= size) return false;
  let place = index;
  let last = size - 1;
  let found = leaf;
  for (const step of proof) {
    if (last === 0) return false;
    if (place % 2 === 1 || place === last) {
      found = nodeHash(step, found);
      while (place % 2 === 0 && place > 0) [place, last] = [place >> 1, last >> 1];
    } else {
      found = nodeHash(found, step);
    }
    [place, last] = [place >> 1, last >> 1];
  }
  return last === 0 && same(found, root);
}
