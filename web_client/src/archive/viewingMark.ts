/** The words that stand over each picture: who watches, when, and the number of this look in the journal. */

import { computed, onScopeDispose, ref, type ComputedRef } from 'vue';
import { s } from '../i18n/staff';
import { clockTime } from '../lib/time';
import type { ArchiveViewing } from '../protocol/api.gen';

const RENEWED_MS = 15_000;

/** The time is the server's when the record was opened, carried on by this browser's monotonic clock. */
export function useViewingMark(viewing: ArchiveViewing): ComputedRef<string[]> {
  const openedAt = performance.now();
  const nowMs = ref(viewing.at_ms);
  const timer = setInterval(() => (nowMs.value = viewing.at_ms + performance.now() - openedAt), RENEWED_MS);
  onScopeDispose(() => clearInterval(timer));
  return computed(() => [
    s('archive_viewer', { name: viewing.viewer, number: viewing.number }),
    `${dayText(nowMs.value)} ${clockTime(nowMs.value)}`,
  ]);
}

function dayText(atMs: number): string {
  const at = new Date(atMs);
  return [at.getFullYear(), at.getMonth() + 1, at.getDate()].map((part) => String(part).padStart(2, '0')).join('-');
}
