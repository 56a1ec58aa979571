/** What a key does during playback. Pure. Letters alone do nothing (WCAG 2.1.4). */

export type PlaybackAct =
  | { act: 'toggle' }
  | { act: 'step'; seconds: number }
  | { act: 'stage'; by: 1 | -1 }
  | { act: 'speed'; by: 1 | -1 };

/** What has the focus: nothing of its own, something to press, the slider, the transcript, or something to write or choose in. */
export type Focus = 'page' | 'press' | 'slider' | 'reader' | 'write';

export const STEP_S = 5;
const LONG_STEP_S = 60;

export type PressedKey = Pick<KeyboardEvent, 'key' | 'shiftKey' | 'ctrlKey' | 'altKey' | 'metaKey'>;

export function playbackAct(pressed: PressedKey, focus: Focus): PlaybackAct | null {
  if (focus === 'write' || pressed.altKey || pressed.metaKey) return null;
  const { key, shiftKey, ctrlKey } = pressed;
  const by = key === 'ArrowRight' || key === 'ArrowUp' ? 1 : -1;
  switch (key) {
    case ' ':
      return (focus === 'page' || focus === 'slider') && !shiftKey && !ctrlKey ? { act: 'toggle' } : null;
    case 'ArrowLeft':
    case 'ArrowRight':
      if (ctrlKey) return shiftKey ? null : { act: 'stage', by };
      return { act: 'step', seconds: by * (shiftKey ? LONG_STEP_S : STEP_S) };
    case 'ArrowUp':
    case 'ArrowDown':
      return shiftKey && !ctrlKey && focus !== 'reader' ? { act: 'speed', by } : null;
    default:
      return null;
  }
}

export function focusOf(element: Element | null): Focus {
  if (element === null) return 'page';
  if (element.matches('input[type=range]')) return 'slider';
  if (element.matches('select, textarea, [contenteditable], input:not([type=checkbox])') || element.closest('dialog') !== null) {
    return 'write';
  }
  if (element.matches('button, a[href], summary, input')) return 'press';
  return element.matches('[role=region]') ? 'reader' : 'page';
}

/** The next of `places` after, or the last before, a position; a moment after a place counts as still there. */
export function placeBeside(places: readonly number[], positionS: number, by: 1 | -1): number | undefined {
  if (by === 1) return places.find((place) => place > positionS + 0.05);
  return places.filter((place) => place < positionS - 2).at(-1);
}
