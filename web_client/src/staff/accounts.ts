/** What an account's fields must be, as the server asks it; said before sending, in words. Pure but for the wording. */

import { s } from '../i18n/staff';

export interface AccountFields {
  name: string;
  login: string;
  password: string;
}

/** One sentence per field; empty when the field is good. */
export function accountErrors(fields: AccountFields): Record<keyof AccountFields, string> {
  const name = fields.name.trim();
  return {
    name: name === '' ? s('name_missing') : name.length > 100 ? s('name_long') : '',
    login: /^[A-Za-z0-9._@-]{2,64}$/.test(fields.login.trim()) ? '' : s('login_wrong'),
    password: passwordError(fields.password),
  };
}

export function passwordError(password: string): string {
  const length = [...password].length;
  return length < 10 ? s('password_short', { count: length }) : '';
}
