/** Order of urgency on the day's list. Pure. */

import type { HearingSummary } from '../protocol/api.gen';

/** Statuses after which nobody enters the courtroom any more. */
const OVER: readonly string[] = ['closed', 'adjourned', 'converted_offline', 'cancelled', 'sealed'];
const UNDER_WAY: readonly string[] = ['in_session', 'closed_session', 'recess', 'interrupted', 'deliberation'];

export function isOver(status: string): boolean {
  return OVER.includes(status);
}

export function isUnderWay(status: string): boolean {
  return UNDER_WAY.includes(status);
}

/** Whether a recording may exist: something was opened once. */
export function mayBeWatched(status: string): boolean {
  return status === 'closed' || status === 'adjourned' || status === 'converted_offline' || status === 'sealed';
}

/** Whether the signed-in person's seat in it can be taken now. A draft is still being prepared. */
export function isEnterable(hearing: Pick<HearingSummary, 'my_participant' | 'status'>): boolean {
  return hearing.my_participant !== null && hearing.status !== 'draft' && !isOver(hearing.status);
}

/** The signed-in person's hearing that needs them first: one under way, then the earliest to come. */
export function mostUrgent(hearings: readonly HearingSummary[]): HearingSummary | null {
  const mine = hearings.filter(isEnterable);
  const byTime = [...mine].sort((a, b) => a.scheduled_at_ms - b.scheduled_at_ms);
  return byTime.find((hearing) => isUnderWay(hearing.status)) ?? byTime[0] ?? null;
}
