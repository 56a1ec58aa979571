/**
 * The clerk's pen: which line is open, its draft, saving, and what happens when somebody else changed the line first. The
 * draft is never lost by what others do, and nothing of others is overwritten without a choice.
 */
import { computed, ref, shallowRef, watch } from 'vue';
import { align, isUncertain } from '../../lib/align';
import { merge } from '../../lib/merge';
import { ActRefused } from '../../net/acts';
import type { UtteranceView } from '../../protocol/messages.gen';
import { refusalSentence, type HearingSession } from '../../session';

export interface Draft {
  /** The line as it was when the pen was put to it. */
  base: UtteranceView;
  text: string;
  participant: string;
}

/** Only the recogniser's own words are doubtful; what a person wrote is what they meant. */
export function uncertainCount(utterance: UtteranceView): number {
  return utterance.revision > 0 ? 0 : align(utterance.words, utterance.text).filter(isUncertain).length;
}

export function useDesk(session: HearingSession) {
  const draft = ref<Draft | null>(null);
  const saving = ref(false);
  /** What the court refused to overwrite. */
  const refusedBy = shallowRef<UtteranceView | null>(null);
  const utterances = computed(() => session.state.value.utterances);

  const current = computed(() => {
    const open = draft.value?.base.utterance;
    return open === undefined ? undefined : utterances.value.find((line) => line.utterance === open);
  });
  /** The newer state of the open line, when somebody else made one. */
  const theirs = computed(() => {
    const base = draft.value?.base;
    if (base === undefined || saving.value) return null;
    const newest = [refusedBy.value, current.value].reduce<UtteranceView | null>(
      (best, line) => (line && line.utterance === base.utterance && line.revision > (best?.revision ?? base.revision) ? line : best),
      null,
    );
    return newest;
  });

  function open(utterance: UtteranceView): void {
    refusedBy.value = null;
    draft.value = { base: utterance, text: utterance.text, participant: utterance.participant };
  }

  function cancel(): void {
    draft.value = null;
    refusedBy.value = null;
  }

  /** Saves the draft over revision `over` (by default the one it began with). Returns whether the line is closed. */
  async function save(over?: number): Promise<boolean> {
    const open_ = draft.value;
    if (open_ === null || saving.value) return false;
    const { base, participant } = open_;
    const text = open_.text.trim();
    if (over === undefined && text === base.text && participant === base.participant) {
      cancel();
      return true;
    }
    saving.value = true;
    try {
      await session.perform({
        type: 'edit_utterance',
        utterance: base.utterance,
        base_revision: over ?? base.revision,
        text,
        participant,
      });
      cancel();
      return true;
    } catch (error) {
      if (error instanceof ActRefused && error.code === 'conflict' && error.utterance !== null) refusedBy.value = error.utterance;
      else session.notice.value = refusalSentence(error);
      return false;
    } finally {
      saving.value = false;
    }
  }

  function takeTheirs(): void {
    cancel();
  }

  function keepMine(): Promise<boolean> {
    return save(theirs.value?.revision);
  }

  /** Puts both changes into the draft, on top of theirs, to be read over and saved. */
  function mergeBoth(): void {
    const mine = draft.value;
    const other = theirs.value;
    if (mine === null || other === null) return;
    const text = merge(mine.base.text, other.text, mine.text);
    refusedBy.value = null;
    draft.value = { base: other, text, participant: mine.participant };
  }

  /** The line after `utterance` among `lines`; undefined at the end. */
  function after(utterance: string, lines: readonly UtteranceView[]): UtteranceView | undefined {
    return lines[lines.findIndex((line) => line.utterance === utterance) + 1];
  }

  /** The next line with something uncertain, from the open one on, beginning again at the top. */
  function nextUncertain(): UtteranceView | undefined {
    const from = utterances.value.findIndex((line) => line.utterance === draft.value?.base.utterance) + 1;
    const inOrder = [...utterances.value.slice(from), ...utterances.value.slice(0, from)];
    return inOrder.find((line) => uncertainCount(line) > 0 && line.utterance !== draft.value?.base.utterance);
  }

  watch(
    () => draft.value?.base.utterance ?? null,
    (utterance) => session.tellEditing(utterance),
  );

  return { draft, saving, theirs, open, cancel, save, takeTheirs, keepMine, mergeBoth, after, nextUncertain };
}
