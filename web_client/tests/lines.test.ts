import { describe, expect, it } from 'vitest';
import { wording } from '../src/i18n/lines';
import { isThere, KEPT, levelOf, lossOf, NO_LINES, sparklineOf, withNewer, type Line, type Measured } from '../src/lib/lines';
import type { LineQuality, MeasuredHistory } from '../src/protocol/api.gen';

function history(at_ms: number[], figures: Partial<MeasuredHistory> = {}): MeasuredHistory {
  const zeros = at_ms.map(() => 0);
  const unknown = at_ms.map(() => -1);
  return {
    participant: 'judge', direction: 'subscribe', at_ms, kbps: zeros, packets: at_ms.map(() => 1000), lost: zeros, jitter_ms: zeros,
    round_trip_ms: unknown, asked: zeros, repeated: zeros, keyframes_asked: zeros, full: zeros, half: zeros, quarter: zeros, withheld: zeros,
    estimate_kbps: unknown, ...figures,
  };
}

function answer(measured: MeasuredHistory[], last_ms: number, own: LineQuality['own'] = []): LineQuality {
  return { measured, own, last_ms };
}

function line(subscribe: Measured | null, publish: Measured | null = null, own: Line['own'] = null): Line {
  return { subscribe, publish, own };
}

describe('lines', () => {
  it('goes on from what is known, and keeps five minutes', () => {
    let lines = withNewer(NO_LINES, answer([history([5000, 10_000], { kbps: [1, 2] })], 10_000));
    lines = withNewer(lines, answer([history([15_000], { kbps: [3] })], 15_000));
    lines = withNewer(lines, answer([], 15_000));
    expect(lines.byParticipant.get('judge')?.subscribe?.kbps).toEqual([1, 2, 3]);
    expect(lines.byParticipant.get('judge')?.publish).toBeNull();
    const many = Array.from({ length: 100 }, (_, at) => 20_000 + at * 5000);
    lines = withNewer(lines, answer([history(many)], 515_000));
    expect(lines.byParticipant.get('judge')?.subscribe?.at_ms).toHaveLength(KEPT);
    expect(lines.byParticipant.get('judge')?.subscribe?.at_ms[KEPT - 1]).toBe(515_000);
    expect(lines.lastMs).toBe(515_000);
  });

  it('calls a line by the worse of its directions', () => {
    const at = [95_000, 100_000];
    expect(levelOf(undefined, 100_000)).toBe('none');
    expect(levelOf(line(history(at)), 100_000)).toBe('good');
    expect(levelOf(line(history(at), history(at, { lost: [0, 50] })), 100_000)).toBe('fair');
    expect(levelOf(line(history(at), history(at, { lost: [50, 100] })), 100_000)).toBe('weak');
    expect(levelOf(line(history(at, { lost: [200, 300] }), history(at)), 100_000)).toBe('bad');
    expect(levelOf(line(history(at, { round_trip_ms: [10, 700] })), 100_000)).toBe('bad');
  });

  it('counts the device’s own round trip only where the server knows none', () => {
    const at = [100_000];
    const own = { at_ms: at, round_trip_ms: [900], loss_per_mille: [0], received_kbps: [0], sent_kbps: [0], freezes: [0] };
    expect(levelOf(line(null, history(at), own), 100_000)).toBe('bad');
    expect(levelOf(line(history(at, { round_trip_ms: [20] }), history(at), own), 100_000)).toBe('good');
    expect(levelOf(line(null, history(at), { ...own, at_ms: [50_000] }), 100_000)).toBe('good');
  });

  it('forgets the level of a line that was not measured lately', () => {
    expect(isThere(history([100_000]), 110_000)).toBe(true);
    expect(isThere(history([100_000]), 115_000)).toBe(false);
    expect(isThere(null, 0)).toBe(false);
    expect(levelOf(line(history([100_000])), 115_000)).toBe('none');
  });

  it('knows the share that was lost, and none where nothing was sent', () => {
    expect(lossOf(history([1, 2, 3], { packets: [9, 90, 90], lost: [900, 10, 10] }))).toBeCloseTo(0.1);
    expect(lossOf(history([1], { packets: [0] }))).toBe(0);
  });

  it('draws a stretch between holes, the newest at the right', () => {
    const drawn = sparklineOf(history([5000, 280_000, 300_000, 305_000], { kbps: [0, 50, 100, 0], lost: [0, 0, 0, 7] }), 305_000, 295, 10);
    expect(drawn).toEqual({ stretches: ['270,5', '290,0 295,10'], lossAt: [295], most: 100 });
  });

  it('has every word in both languages', () => {
    for (const [key, sentence] of Object.entries(wording.zh)) {
      const places = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();
      expect(places(wording.en[key as keyof typeof wording.en]), key).toEqual(places(sentence));
    }
  });
});
