/** Which seats a hearing has, and which one is usually named next. Pure data: nothing here permits anything. */

import type { SeatView } from '../protocol/api.gen';

export type Procedure = 'civil' | 'criminal' | 'administrative';

export interface SeatKind {
  role: string;
  side: string;
}

export interface RoleGroup {
  group: 'court' | 'parties' | 'others' | 'gallery' | 'support';
  roles: readonly string[];
}

/** Everybody a clerk can name, in the order of the courtroom. */
export function roleGroups(procedure: string): RoleGroup[] {
  const parties =
    procedure === 'criminal' ? ['prosecutor', 'accused', 'representative', 'party'] : ['party', 'representative'];
  return [
    { group: 'court', roles: ['presiding_judge', 'panel_member', 'judge_assistant', 'clerk', 'bailiff'] },
    { group: 'parties', roles: parties },
    { group: 'others', roles: ['witness', 'expert', 'interpreter', 'helper', 'mediator'] },
    { group: 'gallery', roles: ['observer', 'reporter'] },
    { group: 'support', roles: ['site_operator', 'tech_officer', 'inspector'] },
  ];
}

/** Sides a role can stand on; empty when the role stands on none. */
export function sidesFor(role: string, procedure: string): readonly string[] {
  switch (role) {
    case 'party':
      return procedure === 'criminal' ? ['plaintiff', 'defendant'] : ['plaintiff', 'defendant', 'third_party'];
    case 'representative':
      return procedure === 'criminal' ? ['defence', 'plaintiff'] : ['plaintiff', 'defendant', 'third_party'];
    case 'helper':
      return procedure === 'criminal' ? ['', 'prosecution', 'defence'] : ['', 'plaintiff', 'defendant', 'third_party'];
    case 'prosecutor':
      return ['prosecution'];
    case 'accused':
      return ['defence'];
    default:
      return [];
  }
}

/** Which duty an account needs for a seat that is taken by signing in; null for seats that get a link. */
export function dutyFor(role: string): 'judge' | 'clerk' | null {
  switch (role) {
    case 'presiding_judge':
    case 'panel_member':
      return 'judge';
    case 'judge_assistant':
    case 'clerk':
      return 'clerk';
    default:
      return null;
  }
}

const USUAL: Record<Procedure, readonly SeatKind[]> = {
  civil: [
    { role: 'presiding_judge', side: '' },
    { role: 'clerk', side: '' },
    { role: 'party', side: 'plaintiff' },
    { role: 'party', side: 'defendant' },
  ],
  administrative: [
    { role: 'presiding_judge', side: '' },
    { role: 'clerk', side: '' },
    { role: 'party', side: 'plaintiff' },
    { role: 'party', side: 'defendant' },
  ],
  criminal: [
    { role: 'presiding_judge', side: '' },
    { role: 'clerk', side: '' },
    { role: 'prosecutor', side: 'prosecution' },
    { role: 'accused', side: 'defence' },
    { role: 'representative', side: 'defence' },
  ],
};

function usualSeats(procedure: string): readonly SeatKind[] {
  return procedure === 'criminal' || procedure === 'administrative' ? USUAL[procedure] : USUAL.civil;
}

/** The usual seats that nobody has yet, in order. */
export function missingSeats(seats: readonly Pick<SeatView, 'role' | 'side'>[], procedure: string): SeatKind[] {
  return usualSeats(procedure).filter((kind) => !seats.some((seat) => seat.role === kind.role && seat.side === kind.side));
}

/** What the add form should offer next: the first usual seat still empty, then a witness. */
export function nextSeat(seats: readonly Pick<SeatView, 'role' | 'side'>[], procedure: string): SeatKind {
  return missingSeats(seats, procedure)[0] ?? { role: 'witness', side: '' };
}

/** Order of the table and of the print sheet: as the courtroom is read, bench first. */
export function inCourtOrder(seats: readonly SeatView[]): SeatView[] {
  const roles = roleGroups('criminal').flatMap((group) => group.roles);
  const sides = ['', 'prosecution', 'plaintiff', 'applicant', 'defendant', 'respondent', 'defence', 'third_party'];
  const partyFirst = (seat: SeatView): number => (seat.role === 'representative' ? 1 : 0);
  const block = (seat: SeatView): number => {
    const at = roles.indexOf(seat.role);
    return seat.side !== '' && seat.role !== 'helper' ? roles.indexOf('prosecutor') : at === -1 ? 99 : at;
  };
  return [...seats].sort(
    (a, b) => block(a) - block(b) || sides.indexOf(a.side) - sides.indexOf(b.side) || partyFirst(a) - partyFirst(b),
  );
}
