/** Keeps one media element on the master clock: by a little speed, or by a jump. Pure. */

/** Differences beyond this are levelled by a jump, multiplied by the speed of playback. */
const JUMP_BEYOND_S = 0.25;
/** Levelling begins beyond this and goes on until within the other: below what anybody sees of lips and voice. */
const BEGIN_BEYOND_S = 0.02;
const UNTIL_WITHIN_S = 0.005;
/** A difference is levelled within about this time, by at most so much speed: what a listener does not notice. */
const LEVEL_WITHIN_S = 1;
const AT_MOST = 0.08;

export type Correction = { jump: true } | { jump: false; rate: number };

export class Levelling {
  private active = false;

  /** `aheadS`: the element's position minus the clock's. `rate`: the speed of playback. */
  correct(aheadS: number, rate: number): Correction {
    const size = Math.abs(aheadS);
    if (size > JUMP_BEYOND_S * Math.max(1, rate)) {
      this.active = false;
      return { jump: true };
    }
    this.active = size > (this.active ? UNTIL_WITHIN_S : BEGIN_BEYOND_S * Math.max(1, rate));
    if (!this.active) return { jump: false, rate };
    const share = Math.min(AT_MOST, Math.max(0.01, size / LEVEL_WITHIN_S / Math.max(1, rate)));
    return { jump: false, rate: rate * (1 - Math.sign(aheadS) * share) };
  }
}
