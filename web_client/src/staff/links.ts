/**
 * Join links issued on this page, by participant.
 *
 * The server keeps no readable copy of a link, and issuing one ends the earlier one. So a link that was issued a moment
 * ago is shown, copied and printed from here. It is held in memory only: reloading the page forgets it.
 */

import { shallowReactive } from 'vue';
import { api } from '../net/api';
import type { JoinLink, SeatView } from '../protocol/api.gen';

const issued = shallowReactive(new Map<string, JoinLink>());

export function knownLink(participant: string): JoinLink | undefined {
  const link = issued.get(participant);
  return link !== undefined && link.expires_at_ms > Date.now() ? link : undefined;
}

/** A fresh link; the participant's earlier ones stop working. */
export async function issueLink(hearing: string, participant: string): Promise<JoinLink> {
  const link = await api.issueLink(hearing, participant);
  issued.set(participant, link);
  return link;
}

export async function withdrawLink(hearing: string, participant: string): Promise<void> {
  await api.withdrawLink(hearing, participant);
  issued.delete(participant);
}

export function forgetLinks(): void {
  issued.clear();
}

/** Seats that get a link: everybody who does not come in by signing in. */
export function linkedSeats(seats: readonly SeatView[]): SeatView[] {
  return seats.filter((seat) => seat.staff === null);
}

export type LinkState = 'none' | 'out' | 'expired' | 'withdrawn';

/** What became of the seat's newest link. */
export function linkState(seat: SeatView, nowMs: number = Date.now()): LinkState {
  if (seat.link_expires_at_ms === null) return 'none';
  if (seat.link_revoked) return 'withdrawn';
  return seat.link_expires_at_ms <= nowMs ? 'expired' : 'out';
}

/** Whether a new link for this seat would end one that is already with its owner. */
export function wouldReplace(seat: SeatView): boolean {
  return linkState(seat) === 'out' && knownLink(seat.participant) === undefined;
}
