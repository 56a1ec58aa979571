import { describe, expect, it } from 'vitest';
import { findTexts, piecesOf } from '../../src/archive/search';
import { bestColumns } from '../../src/archive/tiling';

describe('searching the transcript', () => {
  const texts = ['请原告陈述诉讼请求', '原告请求返还借款，借款十万元', 'OK ok'];

  it('finds the lines, whatever the case of letters', () => {
    expect(findTexts(texts, ' 借款 ')).toEqual([1]);
    expect(findTexts(texts, 'ok')).toEqual([2]);
    expect(findTexts(texts, '  ')).toEqual([]);
  });

  it('cuts out every occurrence and loses no character', () => {
    const pieces = piecesOf(texts[1]!, '借款');
    expect(pieces.filter((piece) => piece.found).map((piece) => piece.text)).toEqual(['借款', '借款']);
    expect(pieces.map((piece) => piece.text).join('')).toBe(texts[1]);
    expect(piecesOf('İstanbul', 'stan').map((piece) => piece.text).join('')).toBe('İstanbul');
    expect(piecesOf('', 'x')).toEqual([{ text: '', found: false }]);
  });
});

describe('tiling', () => {
  it('takes as many columns as make the pictures largest', () => {
    expect(bestColumns(1, 1600, 900)).toBe(1);
    expect(bestColumns(4, 1600, 900)).toBe(2);
    expect(bestColumns(6, 1600, 900)).toBe(3);
    expect(bestColumns(5, 320, 900)).toBe(1);
    expect(bestColumns(0, 100, 100)).toBe(1);
  });
});
