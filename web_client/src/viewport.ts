/**
 * Width of the window in root em, so that a larger text size counts as a smaller window. The root element carries it as
 * `data-width`: `narrow` (phones), `medium` (tablets, or desktops with large text), `wide`; and `data-short` when the
 * window is low, as a phone on its side or a desktop at 200 %.
 */
import { reactive } from 'vue';

export type Width = 'narrow' | 'medium' | 'wide';

const NARROW_BELOW_REM = 50;
const WIDE_FROM_REM = 72;
const SHORT_BELOW_REM = 34;

export const viewport = reactive({ widthRem: 90, width: 'wide' as Width });

export function widthOf(rem: number): Width {
  if (rem < NARROW_BELOW_REM) return 'narrow';
  return rem < WIDE_FROM_REM ? 'medium' : 'wide';
}

export function measureViewport(): void {
  const root = document.documentElement;
  const rootPixels = Number.parseFloat(getComputedStyle(root).fontSize) || 16;
  viewport.widthRem = window.innerWidth / rootPixels;
  viewport.width = widthOf(viewport.widthRem);
  root.dataset.width = viewport.width;
  const low = window.innerHeight / rootPixels < SHORT_BELOW_REM && window.innerWidth > window.innerHeight;
  root.toggleAttribute('data-short', low);
}

/** Measures now and at each change of the window; returns the function that stops it. */
export function watchViewport(): () => void {
  measureViewport();
  window.addEventListener('resize', measureViewport);
  return () => window.removeEventListener('resize', measureViewport);
}
