/** The text size the reader chose: kept on this device, applied to the root element before the first paint. */
export const TEXT_SIZES = ['normal', 'large', 'elder', 'elder-plus'] as const;
export type TextSize = (typeof TEXT_SIZES)[number];

const STORED = 'text-size';

function known(value: string | null): value is TextSize {
  return TEXT_SIZES.some((size) => size === value);
}

export function storedTextSize(): TextSize {
  const value = localStorage.getItem(STORED);
  return known(value) ? value : 'normal';
}

export function applyTextSize(size: TextSize = storedTextSize()): void {
  document.documentElement.dataset.text = size;
  localStorage.setItem(STORED, size);
}

/** Elder sizes change the task, not only the type: one decision per screen. */
export function isElder(size: TextSize): boolean {
  return size === 'elder' || size === 'elder-plus';
}
