/** What a kiosk keeps, and what it must not keep between two people. */
import { setLanguage } from './i18n';
import { frame } from './frame';
import { applyTextSize } from './lib/textSize';
import { forgetDevices } from './media/devices';
import { forgetEverySeat } from './seats';

/** The only thing a kiosk keeps: it says which device this is, and lets nobody into a hearing. */
const DEVICE_TOKEN = 'kiosk-device-token';
const VISIT = 'kiosk-visit';

export function deviceToken(): string | null {
  return localStorage.getItem(DEVICE_TOKEN);
}

export function keepDeviceToken(token: string): void {
  localStorage.setItem(DEVICE_TOKEN, token);
}

export function forgetDeviceToken(): void {
  localStorage.removeItem(DEVICE_TOKEN);
}

/** This tab is in a hearing as a kiosk, and goes back to the kiosk's first screen afterwards. */
export function markKioskVisit(): void {
  sessionStorage.setItem(VISIT, '1');
}

export function isKioskVisit(): boolean {
  return sessionStorage.getItem(VISIT) !== null;
}

/** Everything the last person left behind: seat, streams, choices, their text size and language. */
export function wipe(): void {
  const token = deviceToken();
  forgetDevices();
  forgetEverySeat();
  frame.textSize = 'normal';
  applyTextSize('normal');
  setLanguage('zh-CN');
  localStorage.clear(); // last: both choices are kept when they are made
  if (token !== null) keepDeviceToken(token);
}
