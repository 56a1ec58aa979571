/** Wording of the staff pages and the archive, loaded with them. */

import { HttpRefusal } from '../net/http';
import { translator } from './index';
import { staffEn } from './staff.en';
import { staffZh } from './staff.zh-CN';

export type StaffKey = keyof typeof staffZh;
export const s = translator(staffZh, staffEn);

/** Codes whose server sentence says more than ours can: which field, which state, which request. */
const SAYS_MORE: readonly string[] = ['invalid_value', 'malformed', 'wrong_state', 'conflict', 'internal'];

/** What happened and what to do, for any failure. */
export function refusalSentence(error: unknown): string {
  if (!(error instanceof HttpRefusal)) return s('error_other');
  const key = `error_${error.code}`;
  const sentence = s(key in staffZh ? (key as StaffKey) : 'error_other');
  if (error.message === '' || !SAYS_MORE.includes(error.code)) return sentence;
  return s('error_detail', { sentence, detail: error.message });
}

/** Wording for a value of a closed set that has its own keys, such as `valueWord('openness', 'public')`. */
export function valueWord(
  set: 'openness' | 'procedure' | 'staff_role' | 'group' | 'journal_event',
  value: string,
): string {
  const key = `${set}_${value}`;
  return key in staffZh ? s(key as StaffKey) : value;
}
