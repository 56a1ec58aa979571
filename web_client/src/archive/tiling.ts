/** How many columns make the pictures largest. Pure. */

const ASPECT = 16 / 9;

/** Columns for `count` pictures of 16:9 in a box, so that each is as large as can be; at least 1. */
export function bestColumns(count: number, widthPx: number, heightPx: number): number {
  let best = 1;
  let largest = 0;
  for (let columns = 1; columns <= count; columns += 1) {
    const rows = Math.ceil(count / columns);
    const width = Math.min(widthPx / columns, (heightPx / rows) * ASPECT);
    // Of two that are equal, the one with fewer rows: courtrooms are wider than high.
    if (width >= largest - 0.5) {
      largest = width;
      best = columns;
    }
  }
  return best;
}
