/** Who is shown large where only one picture fits. Changes slowly, so that a cough does not take the picture. */
export interface Floor {
  holder: string | null;
  /** Who has been speaking instead, and since when. */
  rival: string | null;
  rivalSinceMs: number;
}

export const EMPTY_FLOOR: Floor = { holder: null, rival: null, rivalSinceMs: 0 };

const TAKES_OVER_AFTER_MS = 1200;

/** The floor at `nowMs`, given who speaks (loudest first). A speaker who goes on speaking keeps it. */
export function floorAfter(floor: Floor, speaking: readonly string[], nowMs: number): Floor {
  const loudest = speaking[0] ?? null;
  if (loudest === null || (floor.holder !== null && speaking.includes(floor.holder))) {
    return { ...floor, rival: null };
  }
  if (floor.holder === null) return { holder: loudest, rival: null, rivalSinceMs: 0 };
  if (floor.rival !== loudest) return { ...floor, rival: loudest, rivalSinceMs: nowMs };
  if (nowMs - floor.rivalSinceMs < TAKES_OVER_AFTER_MS) return floor;
  return { holder: loudest, rival: null, rivalSinceMs: 0 };
}
