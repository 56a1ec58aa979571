/** The seats this tab holds. A session token lives in the tab only: closing it, or leaving a kiosk, forgets it. */
import type { Seat } from './protocol/api.gen';

const SEAT = 'seat:';
const ENTERED = 'entered:';
const RESUME = 'resume:';

export function keepSeat(seat: Seat): void {
  sessionStorage.setItem(SEAT + seat.hearing, JSON.stringify(seat));
}

export function keptSeat(hearing: string): Seat | null {
  const stored = sessionStorage.getItem(SEAT + hearing);
  return stored === null ? null : (JSON.parse(stored) as Seat);
}

/** The device check and the rules are behind this person, so a reload goes straight back into the hearing. */
export function markEntered(hearing: string): void {
  sessionStorage.setItem(ENTERED + hearing, '1');
}

export function hasEntered(hearing: string): boolean {
  return sessionStorage.getItem(ENTERED + hearing) !== null;
}

/** The secret with which a reloaded page takes up the same session. */
export function keepResume(hearing: string, secret: string): void {
  sessionStorage.setItem(RESUME + hearing, secret);
}

export function keptResume(hearing: string): string | null {
  return sessionStorage.getItem(RESUME + hearing);
}

export function forgetSeat(hearing: string): void {
  sessionStorage.removeItem(SEAT + hearing);
  sessionStorage.removeItem(ENTERED + hearing);
  sessionStorage.removeItem(RESUME + hearing);
}

export function forgetEverySeat(): void {
  sessionStorage.clear();
}
