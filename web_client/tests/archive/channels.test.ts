import { describe, expect, it } from 'vitest';
import { absenceAt, channelsOf, firstShownS, segmentAt, segmentsWithin, type Channel } from '../../src/archive/channels';
import type { ArchiveTrack, ArchiveWhereabouts } from '../../src/protocol/api.gen';

const START = 1_780_000_000_000;
const at = (seconds: number): number => START + seconds * 1000;

/** `count` files of ten seconds one behind the other, whose hashes are 32 times their number. */
function track(name: string, source: 'camera' | 'microphone', from: number, count: number, mime = 'video/webm;codecs=vp8'): ArchiveTrack {
  const numbers = Array.from({ length: count }, (_, index) => index);
  return {
    track: name,
    participant: 'judge',
    source,
    mime_type: mime,
    sha256: btoa(numbers.map((number) => String.fromCharCode(number).repeat(32)).join('')),
    times_ms: numbers.flatMap((number) => [number === 0 ? at(from) : 0, 10_000]),
    gaps: [],
  };
}

function channels(...tracks: ArchiveTrack[]): Channel[] {
  return channelsOf({ files: '/f', tracks, whereabouts: [] });
}

describe('channels', () => {
  it('hold all tracks of one source of one participant in order of time, each with its own type', () => {
    const found = channels(
      track('second', 'camera', 40, 1, 'video/mp4;codecs=avc1'),
      track('voice', 'microphone', 0, 1, 'audio/webm;codecs=opus'),
      track('first', 'camera', 0, 2),
    );
    expect(found.map((channel) => [channel.source, channel.segments.map((segment) => segment.startMs)])).toEqual([
      ['camera', [at(0), at(10), at(40)]],
      ['microphone', [at(0)]],
    ]);
    expect(found[0]?.segments[2]?.mimeType).toBe('video/mp4;codecs=avc1');
    const second = found[0]?.segments[1];
    expect(second?.sha256).toBe('01'.repeat(32));
    expect(second?.url).toBe(`/f/${'01'.repeat(32)}?start_ms=${at(10)}`);
  });

  it('say which segment holds a moment, and that none does in a gap', () => {
    const segments = channels(track('a', 'camera', 0, 2), track('b', 'camera', 60, 1))[0]!.segments;
    expect(segmentAt(segments, at(9.999))).toBe(0);
    expect(segmentAt(segments, at(10))).toBe(1);
    expect(segmentAt(segments, at(20))).toBe(-1);
    expect(segmentAt(segments, at(65))).toBe(2);
    expect(segmentAt(segments, at(-1))).toBe(-1);
    expect(segmentsWithin(segments, at(15), at(61))).toEqual([1, 2]);
  });

  it('go on over a moment between two files', () => {
    const segments = channels(track('a', 'camera', 0, 1), track('b', 'camera', 10.4, 1))[0]!.segments;
    expect(segmentAt(segments, at(10.2))).toBe(0);
  });
});

describe('playback', () => {
  it('begins when everybody who was there from the start is to be seen', () => {
    const timeline = { startMs: START, durationS: 200, spans: [] };
    const all = channels(track('a', 'camera', 0.02, 1), track('b', 'microphone', 0.3, 1));
    expect(firstShownS(timeline, all)).toBe(0.3);
    expect(firstShownS(timeline, channels(track('late', 'camera', 60, 1)))).toBe(0);
  });
});

describe('where nothing was recorded', () => {
  const timeline = {
    startMs: START,
    durationS: 200,
    spans: [
      { fromS: 0, toS: 100, endCause: 'recess' },
      { fromS: 150, toS: 200, endCause: 'closed' },
    ],
  };
  const whereabouts = (...changes: [number, ArchiveWhereabouts['whereabouts']][]): ArchiveWhereabouts[] =>
    changes.map(([seconds, where]) => ({ participant: 'judge', at_ms: at(seconds), whereabouts: where }));
  const camera = (...changes: [number, ArchiveWhereabouts['whereabouts']][]): Channel =>
    channelsOf({ files: '/f', tracks: [track('a', 'camera', 10, 2)], whereabouts: whereabouts(...changes) })[0]!;

  it('a recess is one for everybody', () => {
    expect(absenceAt(camera([5, 'here']), timeline, at(120))).toBe('suspended');
  });

  it('somebody in reach has switched the camera off', () => {
    expect(absenceAt(camera([5, 'here']), timeline, at(40))).toBe('off');
  });

  it('a lost signal is one from its last picture on, though the loss was noticed later', () => {
    const lost = camera([5, 'here'], [42, 'lost'], [60, 'here']);
    expect(absenceAt(lost, timeline, at(31))).toBe('lost');
    expect(absenceAt(lost, timeline, at(50))).toBe('lost');
    expect(absenceAt(lost, timeline, at(61))).toBe('off');
    expect(absenceAt(camera([5, 'here'], [80, 'lost']), timeline, at(31))).toBe('off');
  });

  it('whoever is not there yet, or left, is away', () => {
    expect(absenceAt(camera([5, 'here'], [32, 'away']), timeline, at(2))).toBe('away');
    expect(absenceAt(camera([5, 'here'], [32, 'away']), timeline, at(50))).toBe('away');
  });

  it('what the recorder told as a gap is lost', () => {
    const one = { ...camera([5, 'here']), gaps: [{ start_ms: at(30), end_ms: at(50), cause: 'network_loss' }] };
    expect(absenceAt(one, timeline, at(40))).toBe('lost');
  });
});
