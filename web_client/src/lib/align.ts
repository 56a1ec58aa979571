/**
 * Where the recogniser's words stand in a text that was punctuated, normalised or corrected afterwards. A longest common
 * subsequence over characters: unchanged characters keep their word, what was added belongs to none.
 */
import type { WordView } from '../protocol/messages.gen';

/** A run of the text; `word` is what the recogniser heard there, or null where text was added or replaced. */
export interface TextRun {
  text: string;
  word: WordView | null;
}

/** Below this confidence a word is shown as uncertain. */
export const UNCERTAIN_BELOW = 0.75;

export function isUncertain(run: TextRun): boolean {
  return run.word !== null && run.word.confidence < UNCERTAIN_BELOW;
}

/** Lengths of the longest common subsequence of every pair of tails; row by row, `columns` = `two.length + 1`. */
function tailLengths(one: readonly string[], two: readonly string[]): Uint16Array {
  const columns = two.length + 1;
  const lengths = new Uint16Array((one.length + 1) * columns);
  for (let i = one.length - 1; i >= 0; i -= 1) {
    for (let j = two.length - 1; j >= 0; j -= 1) {
      const here = i * columns + j;
      const skipOne = lengths[here + columns] ?? 0;
      const skipTwo = lengths[here + 1] ?? 0;
      lengths[here] = one[i] === two[j] ? (lengths[here + columns + 1] ?? 0) + 1 : Math.max(skipOne, skipTwo);
    }
  }
  return lengths;
}

/** For each character of `two`, the index of the same character of `one` it came from, or −1. */
export function matches(one: readonly string[], two: readonly string[]): number[] {
  const columns = two.length + 1;
  const lengths = tailLengths(one, two);
  const found = new Array<number>(two.length).fill(-1);
  let i = 0;
  let j = 0;
  while (i < one.length && j < two.length) {
    if (one[i] === two[j]) {
      found[j] = i;
      i += 1;
      j += 1;
    } else if ((lengths[(i + 1) * columns + j] ?? 0) >= (lengths[i * columns + j + 1] ?? 0)) i += 1;
    else j += 1;
  }
  return found;
}

/** The text cut into runs of one word each. */
export function align(words: readonly WordView[], text: string): TextRun[] {
  const source = words.flatMap((word) => [...word.text].map((character) => ({ character, word })));
  const characters = [...text];
  const origin = matches(
    source.map((entry) => entry.character),
    characters,
  );
  const runs: TextRun[] = [];
  characters.forEach((character, at) => {
    const word = source[origin[at] ?? -1]?.word ?? null;
    const last = runs[runs.length - 1];
    if (last !== undefined && last.word === word) last.text += character;
    else runs.push({ text: character, word });
  });
  return runs;
}
