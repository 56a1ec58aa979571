/** SM3 (GB/T 32905-2016), fed in pieces. */

const turned = (word: number, bits: number): number => (word << (bits & 31)) | (word >>> (32 - (bits & 31)));
const ROUND = Uint32Array.from({ length: 64 }, (_, t) => (t % 32 === 0 ? (t < 16 ? 0x79cc4519 : 0x7a879d8a) : turned(t < 16 ? 0x79cc4519 : 0x7a879d8a, t)));

export class Sm3 {
  private readonly state = Uint32Array.of(
    0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e,
  );
  private readonly rest = new Uint8Array(64);
  private readonly words = new Uint32Array(68);
  private held = 0;
  private length = 0;

  update(data: Uint8Array): this {
    this.length += data.length;
    let at = 0;
    if (this.held > 0) {
      at = Math.min(64 - this.held, data.length);
      this.rest.set(data.subarray(0, at), this.held);
      this.held += at;
      if (this.held < 64) return this;
      this.compress(this.rest, 0);
      this.held = 0;
    }
    for (; at + 64 <= data.length; at += 64) this.compress(data, at);
    this.rest.set(data.subarray(at));
    this.held = data.length - at;
    return this;
  }

  digest(): Uint8Array {
    const padding = new Uint8Array(((119 - this.held) % 64) + 9);
    padding[0] = 0x80;
    const bits = this.length * 8;
    const view = new DataView(padding.buffer);
    view.setUint32(padding.length - 8, Math.floor(bits / 0x1_0000_0000));
    view.setUint32(padding.length - 4, bits >>> 0);
    this.update(padding);
    const out = new DataView(new ArrayBuffer(32));
    this.state.forEach((word, at) => out.setUint32(4 * at, word));
    return new Uint8Array(out.buffer);
  }

  private compress(data: Uint8Array, offset: number): void {
    const w = this.words;
    for (let t = 0; t < 16; t += 1) {
      const at = offset + 4 * t;
      w[t] = (data[at]! << 24) | (data[at + 1]! << 16) | (data[at + 2]! << 8) | data[at + 3]!;
    }
    for (let t = 16; t < 68; t += 1) {
      const r = w[t - 3]!;
      const x = w[t - 16]! ^ w[t - 9]! ^ ((r << 15) | (r >>> 17));
      const mixed = x ^ ((x << 15) | (x >>> 17)) ^ ((x << 23) | (x >>> 9));
      const q = w[t - 13]!;
      w[t] = mixed ^ ((q << 7) | (q >>> 25)) ^ w[t - 6]!;
    }
    const s = this.state;
    let [a, b, c, d, e, f, g, h] = [s[0]!, s[1]!, s[2]!, s[3]!, s[4]!, s[5]!, s[6]!, s[7]!];
    for (let t = 0; t < 64; t += 1) {
      const a12 = (a << 12) | (a >>> 20);
      const sum = (a12 + e + ROUND[t]!) | 0;
      const first = (sum << 7) | (sum >>> 25);
      const chosen = t < 16 ? a ^ b ^ c : (a & b) | (a & c) | (b & c);
      const taken = t < 16 ? e ^ f ^ g : (e & f) | (~e & g);
      const one = (chosen + d + (first ^ a12) + (w[t]! ^ w[t + 4]!)) | 0;
      const two = (taken + h + first + w[t]!) | 0;
      d = c;
      c = (b << 9) | (b >>> 23);
      b = a;
      a = one;
      h = g;
      g = (f << 19) | (f >>> 13);
      f = e;
      e = two ^ ((two << 9) | (two >>> 23)) ^ ((two << 17) | (two >>> 15));
    }
    s[0]! ^= a;
    s[1]! ^= b;
    s[2]! ^= c;
    s[3]! ^= d;
    s[4]! ^= e;
    s[5]! ^= f;
    s[6]! ^= g;
    s[7]! ^= h;
  }
}
