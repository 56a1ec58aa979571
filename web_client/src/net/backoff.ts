/** How long to wait before the next attempt to connect. */
const FIRST_MS = 300;
const LONGEST_MS = 4000;

/**
 * Milliseconds before attempt `attempt` (0 is the first retry): 300 doubling to 4,000, of which the upper half is random,
 * so that a court full of browsers does not come back in the same instant.
 */
export function backoffMs(attempt: number, random: () => number = Math.random): number {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** attempt);
  return Math.round(ceiling * (0.5 + random() / 2));
}
