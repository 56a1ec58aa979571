import { describe, expect, it } from 'vitest';
import { dateValue, dayRange, momentOf, nextHalfHour, shiftDate, timeValue } from '../../src/staff/schedule';
import { mostUrgent } from '../../src/staff/day';
import type { HearingSummary } from '../../src/protocol/api.gen';

describe('schedule times', () => {
  it('offers the next half hour, at least ten minutes away', () => {
    const at = (time: string): number => new Date(`2026-11-20T${time}`).getTime();
    expect(timeValue(nextHalfHour(at('09:05')))).toBe('09:30');
    expect(timeValue(nextHalfHour(at('09:25')))).toBe('10:00');
    expect(timeValue(nextHalfHour(at('09:20')))).toBe('09:30');
    expect(dateValue(nextHalfHour(at('23:55')))).toBe('2026-11-21');
  });

  it('reads back the moment that date and time fields name', () => {
    const moment = momentOf('2026-11-20', '09:30')!;
    expect([dateValue(moment), timeValue(moment)]).toEqual(['2026-11-20', '09:30']);
    expect(momentOf('', '09:30')).toBeNull();
    expect(momentOf('2026-11-20', '')).toBeNull();
    expect(momentOf('2026-13-45', '09:30')).toBeNull();
  });

  it('covers a whole local day and steps over month ends', () => {
    const { fromMs, toMs } = dayRange('2026-11-20');
    expect(dateValue(fromMs)).toBe('2026-11-20');
    expect(dateValue(toMs)).toBe('2026-11-21');
    expect(shiftDate('2026-12-31', 1)).toBe('2027-01-01');
    expect(shiftDate('2026-03-01', -1)).toBe('2026-02-28');
  });
});

describe('the most urgent hearing', () => {
  const row = (hearing: string, status: string, time: number, mine: boolean): HearingSummary => ({
    hearing,
    case: 'c',
    case_number: '',
    case_title: '',
    status,
    scheduled_at_ms: time,
    courtroom: '',
    my_participant: mine ? 'p' : null,
    present: 0,
    expected: 0,
  });

  it('is the one under way, then the earliest of one’s own that is not over', () => {
    const later = row('later', 'scheduled', 3, true);
    const earlier = row('earlier', 'scheduled', 2, true);
    const running = row('running', 'recess', 4, true);
    const others = [row('foreign', 'in_session', 0, false), row('over', 'closed', 1, true)];
    expect(mostUrgent([...others, later, earlier, running])?.hearing).toBe('running');
    expect(mostUrgent([...others, later, earlier])?.hearing).toBe('earlier');
    expect(mostUrgent(others)).toBeNull();
  });
});
