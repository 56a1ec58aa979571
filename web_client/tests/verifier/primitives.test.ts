import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { hex, unhex, utf8 } from '../../src/verifier/bytes';
import { isSigned, isSignedByIntegers } from '../../src/verifier/ed25519';
import { canonical, parseJson } from '../../src/verifier/json';
import { trustedIds } from '../../src/verifier/keys';
import { holdsLeaf, leafHash, merkleRoot } from '../../src/verifier/merkle';
import { Sha256, sha256 } from '../../src/verifier/sha256';
import { Sm3 } from '../../src/verifier/sm3';

const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, (_, at) => (at * 7 + length) & 255);

describe('hashes', () => {
  it('are those of OpenSSL for every length around a block, in pieces too', () => {
    for (let length = 0; length < 200; length += 1) {
      const data = bytes(length);
      expect(hex(sha256(data))).toBe(createHash('sha256').update(data).digest('hex'));
      const cut = length >> 1;
      expect(hex(new Sha256().update(data.subarray(0, cut)).update(data.subarray(cut)).digest())).toBe(hex(sha256(data)));
      const sm3 = createHash('sm3').update(data).digest('hex');
      expect(hex(new Sm3().update(data.subarray(0, cut)).update(data.subarray(cut)).digest())).toBe(sm3);
    }
  });

  it('SM3 is that of the standard', () => {
    expect(hex(new Sm3().update(utf8('abc')).digest())).toBe('66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0');
  });
});

describe('Ed25519', () => {
  it('holds for signatures of OpenSSL until something is changed, by the browser and by integers', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const raw = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' })).slice(-32);
    const message = utf8('现在开庭');
    const signature = new Uint8Array(sign(null, message, privateKey));
    for (const check of [isSigned, isSignedByIntegers]) {
      expect(await check(raw, message, signature)).toBe(true);
      expect(await check(raw, utf8('现在休庭'), signature)).toBe(false);
      for (const at of [0, 31, 32, 63]) {
        const changed = signature.slice();
        changed[at]! ^= 4;
        expect(await check(raw, message, changed)).toBe(false);
      }
    }
    expect(await isSigned(raw.slice(1), message, signature)).toBe(false);
  });
});

describe('Merkle tree', () => {
  const leaves = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'].map((text) => leafHash(unhex(text)));

  it('has the roots of certificate transparency', () => {
    expect(hex(merkleRoot([]))).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(hex(merkleRoot(leaves.slice(0, 1)))).toBe('6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d');
    expect(hex(merkleRoot(leaves.slice(0, 7)))).toBe('ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c');
    expect(hex(merkleRoot(leaves))).toBe('5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328');
  });

  it('holds a leaf by its proof and no other', () => {
    const proof = [
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ].map(unhex);
    const root = merkleRoot(leaves);
    expect(holdsLeaf(root, 8, 5, leaves[5]!, proof)).toBe(true);
    expect(holdsLeaf(root, 8, 4, leaves[5]!, proof)).toBe(false);
    expect(holdsLeaf(root, 8, 5, leaves[4]!, proof)).toBe(false);
    expect(holdsLeaf(root, 8, 5, leaves[5]!, proof.slice(1))).toBe(false);
    expect(holdsLeaf(root, 5, 5, leaves[5]!, proof)).toBe(false);
  });
});

describe('JSON', () => {
  it('is written as it was spelled, with sorted names', () => {
    const text = '{"b":1.0,"a":[12345678901234567890,-0.5e3,null,true,"\\u0041\\n大\\""],"c":{}}';
    expect(canonical(parseJson(text))).toBe('{"a":[12345678901234567890,-0.5e3,null,true,"A\\n大\\""],"b":1.0,"c":{}}');
  });

  it('refuses what is none', () => {
    for (const text of ['', '{', '[1,]', '{"a" 1}', '01', '"a\nb"', '1 2', '{a:1}', '['.repeat(2000), 'nul']) {
      expect(() => parseJson(text), text.slice(0, 10)).toThrow();
    }
  });
});

describe('keys', () => {
  it('are read as ids, spaced or not, and as PEM', () => {
    const { publicKey } = generateKeyPairSync('ed25519');
    const raw = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' })).slice(-32);
    const id = hex(sha256(raw));
    expect(trustedIds(String(publicKey.export({ format: 'pem', type: 'spki' })))).toEqual([id]);
    expect(trustedIds(` ${id.toUpperCase()} \n${id.replace(/(.{4})/g, '$1 ')}\n`)).toEqual([id, id]);
    expect(trustedIds('none')).toEqual([]);
  });
});
