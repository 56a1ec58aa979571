/** Keeps the lines of everybody up to date while a screen shows them. Asks only where the court permits it. */
import { onBeforeUnmount, onMounted, shallowRef, type ShallowRef } from 'vue';
import { NO_LINES, withNewer, type Lines } from '../../lib/lines';
import { api } from '../../net/api';
import type { HearingSession } from '../../session';

const EVERY_MS = 5000;

export function useLines(session: HearingSession): ShallowRef<Lines> {
  const lines = shallowRef(NO_LINES);
  let timer = 0;
  let gone = false;

  async function ask(): Promise<void> {
    if (session.may('view_lines')) {
      const { hearing, session_token } = session.seat;
      // What cannot be had now is in the next answer, which goes on from the last one.
      const answer = await api.lines(hearing, lines.value.lastMs || undefined, session_token).catch(() => null);
      if (answer !== null) lines.value = withNewer(lines.value, answer);
    }
    if (!gone) timer = window.setTimeout(() => void ask(), EVERY_MS);
  }

  onMounted(() => void ask());
  onBeforeUnmount(() => {
    gone = true;
    window.clearTimeout(timer);
  });
  return lines;
}
