import { describe, expect, it } from 'vitest';
import { en } from '../src/i18n/en';
import { zh } from '../src/i18n/zh-CN';

function places(sentence: string): string[] {
  return (sentence.match(/\{\w+\}/g) ?? []).sort();
}

describe('wording', () => {
  it('is complete in both languages, with the same values to fill in', () => {
    expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort());
    for (const [key, sentence] of Object.entries(zh)) {
      expect(sentence, key).not.toBe('');
      expect(places(en[key as keyof typeof zh]), key).toEqual(places(sentence));
    }
  });
});
