import { describe, expect, it } from 'vitest';
import { align, isUncertain } from '../src/lib/align';
import { EMPTY_FLOOR, floorAfter } from '../src/lib/floor';
import { differences, merge } from '../src/lib/merge';
import { shortName } from '../src/lib/plate';
import { bankOf, seating, tiles, type Sitter } from '../src/lib/seating';
import { duration } from '../src/lib/time';
import { qualityOf, SteadyQuality, summary } from '../src/media/quality';
import type { WordView } from '../src/protocol/messages.gen';

const word = (text: string, confidence: number): WordView => ({ text, confidence, start_ms: 0, end_ms: 1 });

describe('align', () => {
  it('leaves added punctuation without a word and keeps the others', () => {
    const runs = align([word('现在', 1), word('开庭', 0.4)], '现在，开庭。');
    expect(runs.map((run) => [run.text, run.word?.text ?? null])).toEqual([
      ['现在', '现在'],
      ['，', null],
      ['开庭', '开庭'],
      ['。', null],
    ]);
    expect(runs.filter(isUncertain).map((run) => run.text)).toEqual(['开庭']);
  });

  it('gives back the whole text whatever the words are', () => {
    const text = '借款100000元，已还。';
    expect(align([word('借款', 1), word('十万', 1), word('元', 1)], text).map((run) => run.text).join('')).toBe(text);
    expect(align([], text)).toEqual([{ text, word: null }]);
  });
});

describe('merge', () => {
  it('takes both changes when they touch different places', () => {
    expect(merge('被告还了三万元', '被告还了五万元', '被告已还了三万元')).toBe('被告已还了五万元');
  });

  it('takes a change once when both made the same', () => {
    expect(merge('原告李静', '原告李晶', '原告李晶')).toBe('原告李晶');
  });

  it('shows both where both changed the same place', () => {
    expect(merge('还了三万', '还了五万', '还了八万')).toBe('还了五【八】万');
  });

  it('keeps what the other side deleted when nobody else touched it', () => {
    expect(merge('那个，我收到了', '我收到了', '那个，我收到了。')).toBe('我收到了。');
  });

  it('marks what is not in the base', () => {
    expect(differences('三万元', '五万元').filter((run) => run.changed).map((run) => run.text)).toEqual(['五']);
  });
});

describe('seating', () => {
  const sitter = (participant: string, role: string, side: string, seat: number): Sitter => ({ participant, role, side, seat });
  const civil = [
    sitter('judge', 'presiding_judge', '', 1),
    sitter('clerk', 'clerk', '', 301),
    sitter('plaintiff', 'party', 'plaintiff', 601),
    sitter('lawyer', 'representative', 'plaintiff', 801),
    sitter('defendant', 'party', 'defendant', 1101),
    sitter('observer', 'observer', '', 9001),
  ];

  it('seats everybody inside the bar without overlap and inside the stage', () => {
    for (const [width, height] of [[900, 640], [1400, 820], [520, 700]] as const) {
      const { seats } = seating(civil, width, height);
      const boxes = [...seats.values()];
      expect(boxes).toHaveLength(5);
      for (const box of boxes) {
        expect(box.left).toBeGreaterThanOrEqual(-1);
        expect(box.top).toBeGreaterThanOrEqual(0);
        expect(box.left + box.width).toBeLessThanOrEqual(width + 1);
        expect(box.top + box.height).toBeLessThanOrEqual(height + 1);
      }
      boxes.forEach((one, at) => {
        for (const other of boxes.slice(at + 1)) {
          const apart =
            one.left + one.width <= other.left ||
            other.left + other.width <= one.left ||
            one.top + one.height <= other.top ||
            other.top + other.height <= one.top;
          expect(apart).toBe(true);
        }
      });
    }
  });

  it('puts the bench above, the plaintiff left and the defendant right, and the same way in any order of arrival', () => {
    const plan = seating(civil, 1000, 700);
    const at = (participant: string) => plan.seats.get(participant) ?? { left: NaN, top: NaN, width: 0, height: 0 };
    expect(at('judge').top).toBeLessThan(at('plaintiff').top);
    expect(at('plaintiff').left).toBeLessThan(at('clerk').left);
    expect(at('clerk').left).toBeLessThan(at('defendant').left);
    expect(at('judge').width).toBeGreaterThan(at('clerk').width);
    expect(seating([...civil].reverse(), 1000, 700).seats.get('lawyer')).toEqual(at('lawyer'));
  });

  it('gives observers no seat and the accused a place on the right', () => {
    expect(bankOf({ role: 'observer', side: '' })).toBeNull();
    expect(bankOf({ role: 'accused', side: 'defence' })).toBe('right');
    expect(bankOf({ role: 'prosecutor', side: 'prosecution' })).toBe('left');
    expect(bankOf({ role: 'witness', side: '' })).toBe('centre');
  });

  it('fills an area with the largest 16:9 tiles', () => {
    expect(tiles(1, { left: 0, top: 0, width: 320, height: 400 })[0]).toMatchObject({ width: 320, height: 180 });
    expect(tiles(0, { left: 0, top: 0, width: 320, height: 400 })).toEqual([]);
  });
});

describe('the floor on a phone', () => {
  it('does not change for a cough, but for whoever goes on speaking', () => {
    const first = floorAfter(EMPTY_FLOOR, ['judge'], 0);
    const cough = floorAfter(first, ['clerk'], 100);
    expect(cough.holder).toBe('judge');
    expect(floorAfter(cough, [], 300).holder).toBe('judge');
    expect(floorAfter(cough, ['clerk'], 1400).holder).toBe('clerk');
  });

  it('stays while its holder speaks, however loud the others are', () => {
    const first = floorAfter(EMPTY_FLOOR, ['judge'], 0);
    expect(floorAfter(floorAfter(first, ['clerk', 'judge'], 100), ['clerk', 'judge'], 9000).holder).toBe('judge');
  });
});

describe('quality', () => {
  it('worsens after two samples and improves after four', () => {
    const steady = new SteadyQuality();
    const bad = qualityOf({ loss: 0.2, roundTripMs: 20 });
    expect(bad).toBe('bad');
    expect([steady.push(bad), steady.push(bad)]).toEqual(['good', 'bad']);
    expect(['good', 'good', 'good', 'good'].map((quality) => steady.push(quality as 'good'))).toEqual(['bad', 'bad', 'bad', 'good']);
  });

  it('reports means of what was measured and the sum of freezes', () => {
    const sample = { loss: 0.1, roundTripMs: 100, receivedKbps: 500, sentKbps: 300, freezes: 1 };
    expect(summary('weak', [sample, { ...sample, loss: 0, roundTripMs: 50 }])).toEqual({
      type: 'report_quality',
      quality: 'weak',
      round_trip_ms: 75,
      loss: 0.05,
      received_kbps: 500,
      sent_kbps: 300,
      freezes: 2,
    });
  });
});

describe('words for people', () => {
  it('writes spans with hours only when there are some', () => {
    expect([duration(0), duration(65_000), duration(3_661_000), duration(-5)]).toEqual(['00:00', '01:05', '1:01:01', '00:00']);
  });

  it('shortens a name to what fits a small picture', () => {
    expect([shortName('李秀英'), shortName('王芳'), shortName('Anna Bell')]).toEqual(['秀英', '王芳', 'AB']);
  });
});
