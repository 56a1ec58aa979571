/** Loading and acting on a staff page: what is under way, what came, what was refused. */

import { onScopeDispose, ref, shallowRef, type Ref, type ShallowRef } from 'vue';
import { sentToSignIn } from './session';

export interface Loaded<T> {
  value: ShallowRef<T | null>;
  error: ShallowRef<unknown>;
  loading: Ref<boolean>;
  /** Asks again; what is on screen stays until the answer comes. */
  reload: () => Promise<void>;
}

/** Loads at once. An answer that was overtaken by a later question is dropped. */
export function useLoaded<T>(load: () => Promise<T>): Loaded<T> {
  const value = shallowRef<T | null>(null);
  const error = shallowRef<unknown>(null);
  const loading = ref(false);
  let asked = 0;
  onScopeDispose(() => {
    asked = Number.POSITIVE_INFINITY;
  });

  async function reload(): Promise<void> {
    const mine = (asked += 1);
    loading.value = true;
    try {
      const answer = await load();
      if (mine !== asked) return;
      value.value = answer;
      error.value = null;
    } catch (refusal) {
      if (mine === asked && !sentToSignIn(refusal)) error.value = refusal;
    } finally {
      if (mine === asked) loading.value = false;
    }
  }

  void reload();
  return { value, error, loading, reload };
}

export interface Act {
  busy: Ref<boolean>;
  error: ShallowRef<unknown>;
  /** Runs one act at a time; says whether it was done. A second press while one runs does nothing. */
  run: (act: () => Promise<void>) => Promise<boolean>;
}

export function useAct(): Act {
  const busy = ref(false);
  const error = shallowRef<unknown>(null);

  async function run(act: () => Promise<void>): Promise<boolean> {
    if (busy.value) return false;
    busy.value = true;
    error.value = null;
    try {
      await act();
      return true;
    } catch (refusal) {
      if (!sentToSignIn(refusal)) error.value = refusal;
      return false;
    } finally {
      busy.value = false;
    }
  }

  return { busy, error, run };
}

/** Calls `refresh` each `everyMs` while the page is in sight, and at once when it comes back into sight. */
export function useRefresh(refresh: () => void, everyMs: number): void {
  const timer = setInterval(() => {
    if (document.visibilityState === 'visible') refresh();
  }, everyMs);
  const onVisible = (): void => {
    if (document.visibilityState === 'visible') refresh();
  };
  document.addEventListener('visibilitychange', onVisible);
  onScopeDispose(() => {
    clearInterval(timer);
    document.removeEventListener('visibilitychange', onVisible);
  });
}
