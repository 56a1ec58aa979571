import { describe, expect, it } from 'vitest';
import type { SeatView } from '../../src/protocol/api.gen';
import { linkState, wouldReplace } from '../../src/staff/links';

const seat = (link: Partial<SeatView>): SeatView => ({
  participant: 'p1',
  name: '张三',
  role: 'party',
  side: 'plaintiff',
  staff: null,
  presence: 'invited',
  link_issued: false,
  link_revoked: false,
  link_expires_at_ms: null,
  ...link,
});
const made = { link_issued: true, link_expires_at_ms: 1_000 };

describe('what became of a link', () => {
  it('is told from the newest one', () => {
    expect(linkState(seat({}), 0)).toBe('none');
    expect(linkState(seat(made), 999)).toBe('out');
    expect(linkState(seat(made), 1_000)).toBe('expired');
    expect(linkState(seat({ ...made, link_revoked: true }), 999)).toBe('withdrawn');
    expect(linkState(seat({ ...made, link_revoked: true }), 1_000)).toBe('withdrawn');
  });

  it('asks before replacing only a link that still opens', () => {
    expect(wouldReplace(seat({ link_issued: true, link_expires_at_ms: Date.now() + 60_000 }))).toBe(true);
    expect(wouldReplace(seat(made))).toBe(false);
    expect(wouldReplace(seat({}))).toBe(false);
  });
});
