import { describe, expect, it } from 'vitest';
import type { SeatView } from '../../src/protocol/api.gen';
import { inCourtOrder, missingSeats, nextSeat, roleGroups, sidesFor } from '../../src/staff/seats';

const seat = (name: string, role: string, side = ''): SeatView => ({
  participant: name,
  name,
  role,
  side,
  staff: null,
  presence: 'invited',
  link_issued: false,
  link_revoked: false,
  link_expires_at_ms: null,
});

describe('naming participants', () => {
  it('offers the usual seats of a civil case one after the other, then a witness', () => {
    const seats: SeatView[] = [];
    const offered: string[] = [];
    for (let step = 0; step < 5; step += 1) {
      const next = nextSeat(seats, 'civil');
      offered.push(`${next.role} ${next.side}`.trim());
      seats.push(seat(String(step), next.role, next.side));
    }
    expect(offered).toEqual(['presiding_judge', 'clerk', 'party plaintiff', 'party defendant', 'witness']);
    expect(missingSeats(seats, 'civil')).toEqual([]);
  });

  it('offers only sides that the role can have, and every offered seat is one the form knows', () => {
    for (const procedure of ['civil', 'criminal', 'administrative']) {
      const known = roleGroups(procedure).flatMap((group) => group.roles);
      for (const kind of missingSeats([], procedure)) {
        expect(known).toContain(kind.role);
        const sides = sidesFor(kind.role, procedure);
        expect(sides.length === 0 ? [''] : sides).toContain(kind.side);
      }
    }
    expect(sidesFor('witness', 'civil')).toEqual([]);
  });

  it('lists bench, plaintiff and their lawyer, defendant, then the others', () => {
    const seats = [
      seat('witness', 'witness'),
      seat('defendant', 'party', 'defendant'),
      seat('lawyer', 'representative', 'plaintiff'),
      seat('plaintiff', 'party', 'plaintiff'),
      seat('clerk', 'clerk'),
      seat('judge', 'presiding_judge'),
    ];
    expect(inCourtOrder(seats).map((one) => one.name)).toEqual([
      'judge',
      'clerk',
      'plaintiff',
      'lawyer',
      'defendant',
      'witness',
    ]);
  });
});
