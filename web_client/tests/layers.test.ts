import { describe, expect, it } from 'vitest';
import { shownPictures } from '../src/media/display';
import { layerNames, layersOf } from '../src/media/layers';

describe('layers of a camera', () => {
  const heights = (rids: readonly string[], width: number, height: number) =>
    layersOf(rids, width * height).map((layer) => (layer.active ? height / layer.scaleResolutionDownBy : 0));

  it('are three on a desktop and two on a phone', () => {
    expect(heights(layerNames(false), 960, 540)).toEqual([135, 270, 540]);
    expect(heights(layerNames(true), 960, 540)).toEqual([270, 540]);
  });

  it('are fewer of a small picture, and the full picture is always among them', () => {
    expect(heights(layerNames(false), 640, 480)).toEqual([240, 480, 0]);
    expect(heights(layerNames(false), 320, 240)).toEqual([240, 0, 0]);
    expect(heights(layerNames(true), 320, 240)).toEqual([240, 0]);
  });

  it('cost more the larger they are', () => {
    for (const pixels of [0, 320 * 240, 640 * 480]) {
      const rates = layersOf(layerNames(false), pixels).filter((layer) => layer.active).map((layer) => layer.maxBitrate);
      expect(rates).toEqual([...rates].sort((a, b) => a - b));
      expect(rates.length).toBeGreaterThan(0);
    }
  });
});

describe('what is displayed', () => {
  const track = () => ({}) as MediaStreamTrack;

  it('names participants by their tracks and leaves out what has no size', () => {
    const [judge, screen, clerk, own] = [track(), track(), track(), track()];
    const tracks = new Map([
      ['judge', { camera: judge, screen }],
      ['clerk', { camera: clerk, microphone: track() }],
    ]);
    const sizes = new Map([
      [judge, { width: 640, height: 360 }],
      [screen, { width: 99_999, height: 20_000 }],
      [own, { width: 100, height: 50 }],
    ]);
    expect(shownPictures(tracks, sizes)).toEqual([
      { participant: 'judge', source: 'camera', width: 640, height: 360 },
      { participant: 'judge', source: 'screen', width: 16_384, height: 16_384 },
    ]);
  });
});
