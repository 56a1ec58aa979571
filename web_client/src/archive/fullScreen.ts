/** One part of a screen over the whole screen, and back. */

import { onScopeDispose, ref, type Ref } from 'vue';

/** `isFull` is null where the browser cannot do it (iPhones). The viewing mark is inside the element, so it stays in sight. */
export function useFullScreen(element: Ref<HTMLElement | null>): { isFull: Ref<boolean | null>; toggle: () => Promise<void> } {
  const isFull = ref<boolean | null>(document.fullscreenEnabled ? false : null);
  const changed = (): void => {
    isFull.value = document.fullscreenElement !== null && document.fullscreenElement === element.value;
  };

  async function toggle(): Promise<void> {
    try {
      if (document.fullscreenElement === null) await element.value?.requestFullscreen();
      else await document.exitFullscreen();
    } catch {
      // The browser refuses; the pictures stay where they are.
    }
  }

  document.addEventListener('fullscreenchange', changed);
  onScopeDispose(() => document.removeEventListener('fullscreenchange', changed));
  return { isFull, toggle };
}
