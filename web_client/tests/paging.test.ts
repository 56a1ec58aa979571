import { describe, expect, it } from 'vitest';
import { pagesOf } from '../src/lib/paging';
import { seating, type Sitter } from '../src/lib/seating';
import { inStrip, shareLayout } from '../src/lib/shareLayout';

const judge: Sitter = { participant: 'judge', role: 'presiding_judge', side: '', seat: 1 };
const party = (at: number): Sitter => ({
  participant: `party${at}`,
  role: 'party',
  side: at % 2 === 0 ? 'plaintiff' : 'defendant',
  seat: 600 + at,
});
const court = (parties: number): Sitter[] => [judge, ...Array.from({ length: parties }, (_, at) => party(at))];
const onBench = (person: Sitter): boolean => person.role === 'presiding_judge';
const atLeast = (width: number) => (people: readonly Sitter[]): boolean =>
  [...seating(people, 1000, 700).seats.values()].every((box) => box.width >= width);

describe('pages of a large courtroom', () => {
  it('are one while everybody fits', () => {
    expect(pagesOf(court(6), onBench, atLeast(150))).toEqual([court(6)]);
  });

  it('show everybody once, the bench always, and nobody too small', () => {
    const pages = pagesOf(court(40), onBench, atLeast(150));
    expect(pages.length).toBeGreaterThan(1);
    expect(pages.every((page) => page[0] === judge && atLeast(150)(page))).toBe(true);
    expect(pages.flatMap((page) => page.slice(1))).toEqual(court(40).slice(1));
  });

  it('have somebody on them even where nobody fits', () => {
    expect(pagesOf(court(3), onBench, () => false).map((page) => page.length)).toEqual([2, 2, 2]);
  });

  it('are one with nobody', () => {
    expect(pagesOf([], onBench, () => true)).toEqual([[]]);
  });
});

describe('a shown screen', () => {
  it.each([
    [1400, 700],
    [390, 600],
  ])('has most of a stage of %i × %i and covers nobody', (width, height) => {
    const { screen, strip } = shareLayout(width, height);
    expect((screen.width * screen.height) / (width * height)).toBeGreaterThan(0.7);
    expect(screen.left + screen.width <= strip.left || screen.top + screen.height <= strip.top).toBe(true);
    for (const box of inStrip(court(4), strip).seats.values()) {
      expect(box.left).toBeGreaterThanOrEqual(strip.left);
      expect(box.top + box.height).toBeLessThanOrEqual(height);
    }
  });
});
