import { describe, expect, it } from 'vitest';
import {
  channelsOf,
  clockText,
  currentUtterance,
  gapsOf,
  hearingTimeOf,
  nextRecorded,
  parsePosition,
  positionOf,
  segmentAt,
  segmentsWithin,
  speakingAt,
  timelineOf,
} from '../../src/archive/timeline';

const START = 1_780_000_000_000;
const at = (seconds: number): number => START + seconds * 1000;

const twoSpans = {
  spans: [
    { start_ms: at(1_900), end_ms: at(2_400) },
    { start_ms: START, end_ms: at(600) },
  ],
  tracks: [],
};

function track(name: string, source: 'camera' | 'microphone', from: number, count: number, mime = 'video/webm;codecs=vp8') {
  return {
    track: name,
    participant: 'judge',
    source,
    mime_type: mime,
    segments: Array.from({ length: count }, (_, index) => ({
      url: `/${name}/${index}`,
      start_ms: at(from + index * 10),
      end_ms: at(from + index * 10 + 10),
    })),
  };
}

describe('the timeline', () => {
  it('begins with the first span and runs through recesses to the end of the last', () => {
    const timeline = timelineOf(twoSpans);
    expect(timeline).toEqual({
      startMs: START,
      durationS: 2_400,
      spans: [
        { fromS: 0, toS: 600 },
        { fromS: 1_900, toS: 2_400 },
      ],
    });
    expect(gapsOf(timeline!)).toEqual([{ fromS: 600, toS: 1_900 }]);
  });

  it('joins spans that touch or overlap, so that no gap of no length is skipped', () => {
    const timeline = timelineOf({
      spans: [
        { start_ms: START, end_ms: at(10) },
        { start_ms: at(10), end_ms: at(20) },
        { start_ms: at(15), end_ms: at(18) },
      ],
      tracks: [],
    });
    expect(timeline?.spans).toEqual([{ fromS: 0, toS: 20 }]);
  });

  it('falls back to the segments when no span was noted, and is null when nothing was recorded', () => {
    expect(timelineOf({ spans: [], tracks: [track('a', 'camera', 5, 2)] })?.durationS).toBe(20);
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

describe('channels', () => {
  it('hold all tracks of one source of one participant in order of time, each with its own type', () => {
    const channels = channelsOf({
      tracks: [
        track('second', 'camera', 40, 1, 'video/mp4;codecs=avc1'),
        track('voice', 'microphone', 0, 1, 'audio/webm;codecs=opus'),
        track('first', 'camera', 0, 2),
      ],
    });
    expect(channels.map((channel) => [channel.source, channel.segments.map((segment) => segment.url)])).toEqual([
      ['camera', ['/first/0', '/first/1', '/second/0']],
      ['microphone', ['/voice/0']],
    ]);
    expect(channels[0]?.segments[2]?.mimeType).toBe('video/mp4;codecs=avc1');
  });

  it('say which segment holds a moment, and that none does in a gap', () => {
    const segments = channelsOf({ tracks: [track('a', 'camera', 0, 2), track('b', 'camera', 60, 1)] })[0]!.segments;
    expect(segmentAt(segments, at(9.999))).toBe(0);
    expect(segmentAt(segments, at(10))).toBe(1);
    expect(segmentAt(segments, at(20))).toBe(-1);
    expect(segmentAt(segments, at(65))).toBe(2);
    expect(segmentAt(segments, at(-1))).toBe(-1);
    expect(segmentsWithin(segments, at(15), at(61))).toEqual([1, 2]);
  });
});

describe('the transcript in step', () => {
  const spoken = [
    { participant: 'judge', start_ms: at(1), end_ms: at(4) },
    { participant: 'plaintiff', start_ms: at(5), end_ms: at(20) },
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
