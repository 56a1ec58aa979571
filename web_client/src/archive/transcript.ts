/** Reads the whole transcript of a hearing, newest page first, as the server hands it out. */

import { api } from '../net/api';
import type { UtteranceView } from '../protocol/messages.gen';

const PAGE = 500;

/** Calls `show` with all that is known, oldest first, after each page. Stops early when `stopped` says so. */
export async function readTranscript(
  hearing: string,
  token: string | undefined,
  stopped: () => boolean,
  show: (utterances: readonly UtteranceView[], total: number) => void,
): Promise<void> {
  const known = new Map<string, UtteranceView>();
  let beforeMs: number | undefined;
  for (;;) {
    const page = await api.transcript(hearing, beforeMs, PAGE, token);
    if (stopped()) return;
    const sizeBefore = known.size;
    for (const utterance of page.utterances) known.set(utterance.utterance, utterance);
    show([...known.values()].sort((a, b) => a.start_ms - b.start_ms), page.total);
    const oldest = page.utterances[0];
    // A page without anything new is the end, whatever the total says: utterances may share their first millisecond.
    if (oldest === undefined || known.size === sizeBefore || known.size >= page.total) return;
    beforeMs = oldest.start_ms;
  }
}
