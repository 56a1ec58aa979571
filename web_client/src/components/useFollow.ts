/**
 * Keeps a growing list at its end for whoever reads the end, and never moves it for whoever reads further up: they are
 * told how many lines came meanwhile.
 */
import { nextTick, ref, watch, type Ref } from 'vue';

const AT_END_PX = 48;

export function useFollow(list: Ref<HTMLElement | undefined>, lastLine: () => string | undefined, count: () => number) {
  const following = ref(true);
  const unread = ref(0);

  function toEnd(): void {
    const element = list.value;
    if (element !== undefined) element.scrollTop = element.scrollHeight;
    following.value = true;
    unread.value = 0;
  }

  function scrolled(): void {
    const element = list.value;
    if (element === undefined) return;
    following.value = element.scrollHeight - element.scrollTop - element.clientHeight < AT_END_PX;
    if (following.value) unread.value = 0;
  }

  watch([lastLine, count], async ([, now], [, before]) => {
    if (!following.value) {
      unread.value += Math.max(0, now - before);
      return;
    }
    await nextTick();
    toEnd();
  });
  watch(list, (element) => element !== undefined && toEnd());

  return { unread, toEnd, scrolled };
}

/** Lines in blocks, so that a browser lays out only the blocks in sight. */
export function blocksOf<T>(lines: readonly T[], size = 50): T[][] {
  const blocks: T[][] = [];
  for (let from = 0; from < lines.length; from += size) blocks.push(lines.slice(from, from + size));
  return blocks;
}
