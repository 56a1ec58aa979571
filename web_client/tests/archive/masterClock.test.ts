import { describe, expect, it } from 'vitest';
import { MasterClock } from '../../src/archive/masterClock';

describe('the master clock', () => {
  it('runs at its rate, stands, and keeps its position through both', () => {
    let now = 1_000;
    const clock = new MasterClock(() => now);
    clock.seek(30);
    clock.run();
    now += 2_000;
    expect(clock.position()).toBe(32);
    clock.setRate(3);
    now += 2_000;
    expect(clock.position()).toBe(38);
    clock.stand();
    now += 60_000;
    expect(clock.position()).toBe(38);
    clock.run();
    clock.run();
    now += 1_000;
    expect(clock.position()).toBe(41);
  });

  it('goes on from where it was sought while running', () => {
    let now = 0;
    const clock = new MasterClock(() => now);
    clock.run();
    now = 5_000;
    clock.seek(100);
    now = 6_000;
    expect(clock.position()).toBe(101);
  });
});
