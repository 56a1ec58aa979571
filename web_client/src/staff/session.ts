/** Who is signed in on this browser, for the staff pages. The cookie itself is out of reach of any script. */

import { shallowRef } from 'vue';
import { api } from '../net/api';
import { HttpRefusal } from '../net/http';
import type { StaffMember } from '../protocol/api.gen';
import { forgetLinks } from './links';

export const me = shallowRef<StaffMember | null>(null);

const SIGN_IN = '#/sign-in';

/** Address of the sign-in page that leads back here afterwards. */
export function signInAddress(from: string): string {
  return from === '' || from.startsWith(SIGN_IN) ? SIGN_IN : `${SIGN_IN}?then=${encodeURIComponent(from)}`;
}

/** Where to go after signing in: the page asked for, if it is one of this client's, otherwise the day's hearings. */
export function afterSignIn(hash: string): string {
  const then = new URLSearchParams(hash.split('?')[1] ?? '').get('then');
  return then !== null && then.startsWith('#/') && !then.startsWith(SIGN_IN) ? then : '#/staff';
}

/** Leads to the sign-in page when that is what the refusal asks for; says whether it did. */
export function sentToSignIn(error: unknown): boolean {
  if (!(error instanceof HttpRefusal) || error.code !== 'not_signed_in') return false;
  me.value = null;
  // Several requests of one page are refused together; the first has named the way back already.
  if (!location.hash.startsWith(SIGN_IN)) location.replace(signInAddress(location.hash));
  return true;
}

/** The signed-in person; asks the server once per page load. */
export async function knowMe(): Promise<StaffMember> {
  const known = me.value ?? (await api.me());
  me.value = known;
  return known;
}

export async function signOut(): Promise<void> {
  await api.logout();
  me.value = null;
  forgetLinks();
  location.hash = SIGN_IN;
}

export function may(act: StaffMember['may'][number]): boolean {
  return me.value?.may.includes(act) ?? false;
}
