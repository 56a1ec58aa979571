import { describe, expect, it } from 'vitest';
import { Patience } from '../src/media/patience';

/** Each second 100 packets come and `asked` are asked for again. */
function seconds(patience: Patience, count: number, asked: number, roundTripMs: number, from = 0): number | null {
  let waits: number | null = null;
  for (let n = from + 1; n <= from + count; n += 1) waits = patience.hear(n * asked, n * 100, roundTripMs);
  return waits;
}

describe('patience', () => {
  it('is nothing on a clean or a short way', () => {
    expect(seconds(new Patience(), 10, 0, 300)).toBeNull();
    expect(seconds(new Patience(), 10, 1, 300)).toBeNull();
    expect(seconds(new Patience(), 10, 8, 20)).toBeNull();
  });

  it('is a round trip and a little where packets get lost over a long way', () => {
    expect(seconds(new Patience(), 2, 5, 210)).toBe(300);
    expect(seconds(new Patience(), 2, 5, 900)).toBe(400);
  });

  it('stays through short clean times and ends after a long one', () => {
    const patience = new Patience();
    expect(patience.hear(5, 100, 210)).toBe(300);
    for (let n = 2; n <= 30; n += 1) expect(patience.hear(5, n * 100, 210)).toBe(300);
    expect(patience.hear(5, 3100, 210)).toBeNull();
  });

  it('bears a connection made anew, whose totals begin again', () => {
    const patience = new Patience();
    patience.hear(50, 1000, 210);
    expect(patience.hear(0, 10, 210)).toBe(300);
  });
});
