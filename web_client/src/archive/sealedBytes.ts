/** Whether bytes are those that were sealed. No elements, no network. */

/** Compares with the SHA-256 of the sealed file. Without TLS a browser has no digests to compare; then the bytes count as whole. */
export async function isUnaltered(bytes: ArrayBuffer, sha256: string): Promise<boolean> {
  // Typed as always there, which it is not on a page without TLS.
  const subtle = crypto.subtle as SubtleCrypto | undefined;
  if (subtle === undefined) return true;
  const digest = new Uint8Array(await subtle.digest('SHA-256', bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('') === sha256;
}
