import { describe, expect, it } from 'vitest';
import {
  clockText,
  currentUtterance,
  gapsOf,
  hearingTimeOf,
  nextRecorded,
  parsePosition,
  positionOf,
  speakingAt,
  suspensionAt,
  timelineOf,
} from '../../src/archive/timeline';

const START = 1_780_000_000_000;
const at = (seconds: number): number => START + seconds * 1000;

const twoSpans = {
  spans: [
    { start_ms: at(1_900), end_ms: at(2_400), end_cause: 'closed' },
    { start_ms: START, end_ms: at(600), end_cause: 'recess' },
  ],
  tracks: [],
};

const NO_FILES = {
  track: 'a',
  participant: 'judge',
  source: 'camera' as const,
  mime_type: 'video/webm;codecs=vp8',
  sha256: '',
  gaps: [],
};

describe('the timeline', () => {
  it('begins with the first span and runs through recesses to the end of the last', () => {
    const timeline = timelineOf(twoSpans);
    expect(timeline).toEqual({
      startMs: START,
      durationS: 2_400,
      spans: [
        { fromS: 0, toS: 600, endCause: 'recess' },
        { fromS: 1_900, toS: 2_400, endCause: 'closed' },
      ],
    });
    expect(gapsOf(timeline!)).toEqual([{ fromS: 600, toS: 1_900, endCause: 'recess' }]);
    expect(suspensionAt(timeline!, 700)).toBe('recess');
  });

  it('joins spans that touch or overlap, so that no gap of no length is skipped', () => {
    const timeline = timelineOf({
      spans: [
        { start_ms: START, end_ms: at(10), end_cause: '' },
        { start_ms: at(10), end_ms: at(20), end_cause: '' },
        { start_ms: at(15), end_ms: at(18), end_cause: '' },
      ],
      tracks: [],
    });
    expect(timeline?.spans).toEqual([{ fromS: 0, toS: 20, endCause: '' }]);
  });

  it('falls back to the segments when no span was noted, and is null when nothing was recorded', () => {
    expect(timelineOf({ spans: [], tracks: [{ ...NO_FILES, times_ms: [at(5), 10_000, 0, 10_000] }] })?.durationS).toBe(20);
    expect(timelineOf({ spans: [], tracks: [] })).toBeNull();
  });

  it('maps hearing time to position and back, and stays inside', () => {
    const timeline = timelineOf(twoSpans)!;
    expect(positionOf(timeline, at(2_000))).toBe(2_000);
    expect(hearingTimeOf(timeline, 2_000)).toBe(at(2_000));
    expect(positionOf(timeline, at(-5))).toBe(0);
    expect(positionOf(timeline, at(9_999))).toBe(2_400);
  });

  it('finds the next recorded position from inside a recess', () => {
    const timeline = timelineOf(twoSpans)!;
    expect(nextRecorded(timeline, 599.9)).toBe(599.9);
    expect(nextRecorded(timeline, 600)).toBe(1_900);
    expect(nextRecorded(timeline, 2_400)).toBe(2_400);
  });
});

describe('the transcript in step', () => {
  const spoken = [
    { participant: 'judge', start_ms: at(1), end_ms: at(4) },
    { participant: 'plaintiff', start_ms: at(5), end_ms: at(20), end_cause: '' },
    { participant: 'defendant', start_ms: at(7), end_ms: at(9) },
  ];

  it('marks the line that began last, until the next begins', () => {
    expect(currentUtterance(spoken, at(0.9))).toBe(-1);
    expect(currentUtterance(spoken, at(4.5))).toBe(0);
    expect(currentUtterance(spoken, at(8))).toBe(2);
  });

  it('shows everybody who speaks at once', () => {
    expect([...speakingAt(spoken, at(8))].sort()).toEqual(['defendant', 'plaintiff']);
    expect([...speakingAt(spoken, at(10))]).toEqual(['plaintiff']);
    expect([...speakingAt(spoken, at(4.5))]).toEqual([]);
  });
});

describe('positions in words and in links', () => {
  it('reads back what it writes', () => {
    for (const seconds of [0, 59, 61, 3_599, 3_600, 36_061]) expect(parsePosition(clockText(seconds))).toBe(seconds);
  });

  it('takes seconds, and nothing else', () => {
    expect(parsePosition('754')).toBe(754);
    expect(parsePosition('12.5')).toBe(12.5);
    for (const wrong of [null, '', '-1', 'x', '1:2:3:4', '1:5', 'NaN']) expect(parsePosition(wrong)).toBeNull();
  });
});
