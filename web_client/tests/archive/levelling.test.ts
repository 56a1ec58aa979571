import { describe, expect, it } from 'vitest';
import { Levelling } from '../../src/archive/levelling';

/** Lets one element play for `seconds`, corrected twelve times a second; its distance from the clock at the end, in seconds. */
function play(levelling: Levelling, aheadS: number, rate: number, seconds: number): number {
  for (let passed = 0; passed < seconds; passed += 0.08) {
    const correction = levelling.correct(aheadS, rate);
    if (correction.jump) return Number.NaN;
    aheadS += (correction.rate - rate) * 0.08;
  }
  return aheadS;
}

describe('levelling', () => {
  it('brings any element within 10 ms of the clock in three seconds, at every speed', () => {
    for (const rate of [0.5, 1, 2, 3]) {
      for (const aheadS of [-0.2, -0.05, 0.05, 0.2]) {
        expect(Math.abs(play(new Levelling(), aheadS, rate, 4 / Math.min(1, rate)))).toBeLessThan(0.02 * Math.max(1, rate));
      }
    }
  });

  it('never changes the speed by more than a listener can bear', () => {
    const correction = new Levelling().correct(0.24, 1);
    expect(correction).toEqual({ jump: false, rate: 0.92 });
  });

  it('leaves an element alone that is in step, and does not stop half way', () => {
    const levelling = new Levelling();
    expect(levelling.correct(0.015, 1)).toEqual({ jump: false, rate: 1 });
    expect(levelling.correct(0.03, 1)).not.toEqual({ jump: false, rate: 1 });
    expect(levelling.correct(0.015, 1)).not.toEqual({ jump: false, rate: 1 });
    expect(levelling.correct(0.004, 1)).toEqual({ jump: false, rate: 1 });
  });

  it('jumps when speed would take too long', () => {
    expect(new Levelling().correct(-0.4, 1)).toEqual({ jump: true });
    expect(new Levelling().correct(-0.4, 3)).not.toEqual({ jump: true });
  });
});
