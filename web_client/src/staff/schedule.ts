/** Dates and times of a schedule, in the time zone of the clerk's machine. Pure. */

import type { Language } from '../protocol/messages.gen';

const HALF_HOUR_MS = 30 * 60_000;

const two = (value: number): string => String(value).padStart(2, '0');

/** The next full or half hour that is at least ten minutes away: enough to send the links. */
export function nextHalfHour(nowMs: number): number {
  return Math.ceil((nowMs + 10 * 60_000) / HALF_HOUR_MS) * HALF_HOUR_MS;
}

/** Value of an `<input type="date">`. */
export function dateValue(atMs: number): string {
  const at = new Date(atMs);
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/** Value of an `<input type="time">`. */
export function timeValue(atMs: number): string {
  const at = new Date(atMs);
  return `${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** The moment the two inputs name, or null while they name none. */
export function momentOf(date: string, time: string): number | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date) || !/^\d{2}:\d{2}(:\d{2})?$/.test(time)) return null;
  const at = new Date(`${date}T${time}`).getTime();
  return Number.isNaN(at) ? null : at;
}

/** First and last millisecond of a day, `[from, to)`; days are not always 24 hours long. */
export function dayRange(date: string): { fromMs: number; toMs: number } {
  const from = new Date(`${date}T00:00`);
  const to = new Date(from);
  to.setDate(to.getDate() + 1);
  return { fromMs: from.getTime(), toMs: to.getTime() };
}

/** The date `days` after another. */
export function shiftDate(date: string, days: number): string {
  const at = new Date(`${date}T12:00`);
  at.setDate(at.getDate() + days);
  return dateValue(at.getTime());
}

export function dayText(atMs: number, language: Language): string {
  return new Intl.DateTimeFormat(language, { year: 'numeric', month: 'long', day: 'numeric', weekday: 'long' }).format(atMs);
}

export function timeText(atMs: number): string {
  return timeValue(atMs);
}

export function momentText(atMs: number, language: Language): string {
  return `${new Intl.DateTimeFormat(language, { year: 'numeric', month: 'short', day: 'numeric', weekday: 'short' }).format(atMs)} ${timeValue(atMs)}`;
}

/** Such as `UTC+8`: said beside every time that is sent to people elsewhere. */
export function zoneText(atMs: number): string {
  const minutes = -new Date(atMs).getTimezoneOffset();
  const sign = minutes < 0 ? '−' : '+';
  const rest = Math.abs(minutes) % 60;
  return `UTC${sign}${Math.floor(Math.abs(minutes) / 60)}${rest === 0 ? '' : `:${two(rest)}`}`;
}

export function dateText(atMs: number, language: Language): string {
  return new Intl.DateTimeFormat(language, { year: 'numeric', month: 'short', day: 'numeric' }).format(atMs);
}
