/**
 * The layers a camera is sent in, so that whoever shows it small need not be sent all of it. Browsers send fewer layers of a small
 * picture and leave out the highest, which is the picture itself: so the layers are fitted to what the camera gives.
 */

/** Lowest first; each has twice the width of the one before. */
const DESKTOP = ['q', 'h', 'f'] as const;
const PHONE = ['h', 'f'] as const;

const THREE_LAYERS_FROM_PIXELS = 960 * 540;
const TWO_LAYERS_FROM_PIXELS = 480 * 270;

const MAX_BPS: Record<number, readonly number[]> = {
  1: [500_000],
  2: [200_000, 900_000],
  3: [150_000, 500_000, 1_500_000],
};

interface Layer {
  rid: string;
  active: boolean;
  scaleResolutionDownBy: number;
  maxBitrate: number;
}

/** Encoding a picture three times is too much for a phone. */
export function layerNames(phone: boolean): readonly string[] {
  return phone ? PHONE : DESKTOP;
}

/** `pixels` of the captured picture; 0 when not known, which counts as enough. */
export function layersOf(rids: readonly string[], pixels: number): Layer[] {
  const enough = pixels === 0 || pixels >= THREE_LAYERS_FROM_PIXELS ? 3 : pixels >= TWO_LAYERS_FROM_PIXELS ? 2 : 1;
  const count = Math.min(enough, rids.length);
  return rids.map((rid, n) => ({
    rid,
    active: n < count,
    scaleResolutionDownBy: n < count ? 2 ** (count - 1 - n) : 1,
    maxBitrate: MAX_BPS[count]?.[Math.min(n, count - 1)] ?? 0,
  }));
}

export function pixelsOf(track: MediaStreamTrack | null | undefined): number {
  const { width = 0, height = 0 } = track?.getSettings() ?? {};
  return width * height;
}

export function onPhone(): boolean {
  return window.matchMedia('(pointer: coarse) and (hover: none)').matches && Math.min(screen.width, screen.height) < 600;
}
