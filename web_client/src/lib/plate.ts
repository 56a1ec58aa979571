/** What stands on a seat plate, and where in court a seat is. */
import { t, word } from '../i18n';
import type { ParticipantView } from '../protocol/messages.gen';

type Seated = Pick<ParticipantView, 'role' | 'side'>;

/** 原告 for a party with a side, 原告诉讼代理人 for its representative, otherwise the role. */
export function title(person: Seated): string {
  if (person.side === '') return word('role', person.role);
  const side = word('side', person.side);
  if (person.role === 'party') return side;
  if (person.role === 'representative') return t('plate_representative', { side });
  return word('role', person.role);
}

/** The last two characters of a Chinese name, the initials of any other: shown where there is no picture. */
export function shortName(name: string): string {
  const words = name.trim().split(/\s+/);
  if (words.length > 1) return words.map((part) => part.charAt(0)).slice(0, 2).join('').toUpperCase();
  return [...name.trim()].slice(-2).join('');
}
