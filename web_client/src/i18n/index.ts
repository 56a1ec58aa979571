/**
 * Wording in Chinese (the default) and English. A dictionary pair makes a translator; the court's is `t`, lazily loaded
 * screens make their own with `translator` so that their wording is loaded with them.
 */
import { ref } from 'vue';
import type { Language } from '../protocol/messages.gen';
import { en } from './en';
import { zh } from './zh-CN';

export type Dictionary = Record<string, string>;
export type Values = Record<string, string | number>;

const STORED = 'language';

function preferred(): Language {
  const wish = localStorage.getItem(STORED) ?? navigator.language;
  return wish.startsWith('en') ? 'en' : 'zh-CN';
}

export const language = ref<Language>(preferred());

export function setLanguage(chosen: Language): void {
  language.value = chosen;
  document.documentElement.lang = chosen;
  localStorage.setItem(STORED, chosen);
}

/** A function from key to sentence, in the language of the moment; `{name}` in a sentence is replaced by `values.name`. */
export function translator<Zh extends Dictionary>(chinese: Zh, english: Record<keyof Zh, string>) {
  return (key: keyof Zh, values: Values = {}): string => {
    const sentence: string = (language.value === 'en' ? english : chinese)[key];
    return sentence.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
  };
}

export type Key = keyof typeof zh;
export const t = translator(zh, en);

/** The name of a value of one of the court's closed sets, such as `word('status', 'in_session')`; unknown ones as they are. */
export function word(set: 'status' | 'role' | 'side' | 'presence' | 'place' | 'recording' | 'transcription', value: string): string {
  const key = `${set}_${value}`;
  return key in zh ? t(key as Key) : value;
}
