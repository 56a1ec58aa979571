/** Two corrections of one line, put together, and their differences for showing side by side. */
import { matches } from './align';

export interface DiffRun {
  text: string;
  /** Not in the other text. */
  changed: boolean;
}

/** `text` cut into what it shares with `base` and what it does not. */
export function differences(base: string, text: string): DiffRun[] {
  const characters = [...text];
  const origin = matches([...base], characters);
  const runs: DiffRun[] = [];
  characters.forEach((character, at) => {
    const changed = origin[at] === -1;
    const last = runs[runs.length - 1];
    if (last !== undefined && last.changed === changed) last.text += character;
    else runs.push({ text: character, changed });
  });
  return runs;
}

/**
 * Both changes of `base` in one text. Where only one side changed something, its change is taken; where both did, theirs
 * stands first and mine follows in 【】, for a person to settle.
 */
export function merge(base: string, theirs: string, mine: string): string {
  const original = [...base];
  const one = [...theirs];
  const two = [...mine];
  const inOne = positions(original.length, matches(original, one));
  const inTwo = positions(original.length, matches(original, two));
  let merged = '';
  let from = { base: 0, one: 0, two: 0 };
  for (let at = 0; at <= original.length; at += 1) {
    const kept = at === original.length ? { one: one.length, two: two.length } : anchor(inOne[at], inTwo[at]);
    if (kept === null) continue;
    const before = original.slice(from.base, at).join('');
    merged += settled(before, one.slice(from.one, kept.one).join(''), two.slice(from.two, kept.two).join(''));
    merged += original[at] ?? '';
    from = { base: at + 1, one: kept.one + 1, two: kept.two + 1 };
  }
  return merged;
}

/** A character of the original that both texts kept. */
function anchor(one: number | undefined, two: number | undefined): { one: number; two: number } | null {
  return one === undefined || two === undefined || one < 0 || two < 0 ? null : { one, two };
}

/** For each character of the original its place in the changed text, or −1. */
function positions(length: number, origin: readonly number[]): number[] {
  const places = new Array<number>(length).fill(-1);
  origin.forEach((from, at) => {
    if (from >= 0) places[from] = at;
  });
  return places;
}

function settled(before: string, theirs: string, mine: string): string {
  if (mine === before || mine === theirs) return theirs;
  if (theirs === before) return mine;
  return `${theirs}【${mine}】`;
}
