import { describe, expect, it } from 'vitest';
import { setLanguage } from '../../src/i18n';
import { refusalSentence, s } from '../../src/i18n/staff';
import { staffEn } from '../../src/i18n/staff.en';
import { staffZh } from '../../src/i18n/staff.zh-CN';
import { path, withQuery } from '../../src/net/api';
import { HttpRefusal } from '../../src/net/http';
import { accountErrors } from '../../src/staff/accounts';
import { afterSignIn, signInAddress } from '../../src/staff/session';

describe('refusals in words', () => {
  it('says what to do for a known code, and adds the server’s sentence where it says more', () => {
    setLanguage('en');
    expect(refusalSentence(new HttpRefusal('login_failed', 'no', 401))).toBe(s('error_login_failed'));
    expect(refusalSentence(new HttpRefusal('invalid_value', 'the time has passed', 422))).toContain('the time has passed');
    expect(refusalSentence(new HttpRefusal('slow_client', '', 400))).toBe(s('error_other'));
    expect(refusalSentence(new TypeError('x'))).toBe(s('error_other'));
    setLanguage('zh-CN');
  });

  it('keeps the same blanks in both languages', () => {
    const blanks = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();
    for (const key of Object.keys(staffZh) as (keyof typeof staffZh)[]) {
      expect([key, blanks(staffEn[key])]).toEqual([key, blanks(staffZh[key])]);
    }
  });
});

describe('addresses', () => {
  it('cannot be left by an id', () => {
    expect(path`hearings/${'../staff'}/seat`).toBe('/api/hearings/..%2Fstaff/seat');
    expect(withQuery('/api/cases', { query: '借款 & 利息', limit: undefined })).toBe(
      '/api/cases?query=%E5%80%9F%E6%AC%BE+%26+%E5%88%A9%E6%81%AF',
    );
    expect(withQuery('/api/cases', { query: '' })).toBe('/api/cases');
  });

  it('lead back after signing in, but only to this client’s own pages', () => {
    const asked = '#/staff/hearing/h1';
    expect(afterSignIn(signInAddress(asked))).toBe(asked);
    expect(afterSignIn('#/sign-in?then=https%3A%2F%2Fevil.example')).toBe('#/staff');
    expect(afterSignIn('#/sign-in?then=%23%2Fsign-in')).toBe('#/staff');
    expect(signInAddress('#/sign-in?then=x')).toBe('#/sign-in');
  });
});

describe('account fields', () => {
  it('names each field that cannot be', () => {
    const wrong = accountErrors({ name: ' ', login: 'a b', password: '短' });
    expect(Object.values(wrong).every((sentence) => sentence !== '')).toBe(true);
    const right = accountErrors({ name: '张明', login: 'zhang.ming', password: '一句只有我知道的话吧' });
    expect(Object.values(right)).toEqual(['', '', '']);
  });
});
