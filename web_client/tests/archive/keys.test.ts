import { describe, expect, it } from 'vitest';
import { focusOf, placeBeside, playbackAct, type PressedKey } from '../../src/archive/keys';

const pressed = (key: string, more: Partial<PressedKey> = {}): PressedKey => ({
  key,
  shiftKey: false,
  ctrlKey: false,
  altKey: false,
  metaKey: false,
  ...more,
});

describe('the keyboard during playback', () => {
  it('plays, steps and goes to stages', () => {
    expect(playbackAct(pressed(' '), 'page')).toEqual({ act: 'toggle' });
    expect(playbackAct(pressed('ArrowLeft'), 'slider')).toEqual({ act: 'step', seconds: -5 });
    expect(playbackAct(pressed('ArrowRight', { shiftKey: true }), 'press')).toEqual({ act: 'step', seconds: 60 });
    expect(playbackAct(pressed('ArrowRight', { ctrlKey: true }), 'page')).toEqual({ act: 'stage', by: 1 });
    expect(playbackAct(pressed('ArrowDown', { shiftKey: true }), 'page')).toEqual({ act: 'speed', by: -1 });
  });

  it('leaves the keys of buttons, of the transcript and of fields to them, and letters alone', () => {
    expect(playbackAct(pressed(' '), 'press')).toBeNull();
    expect(playbackAct(pressed(' '), 'reader')).toBeNull();
    expect(playbackAct(pressed('ArrowUp'), 'slider')).toBeNull();
    expect(playbackAct(pressed('ArrowLeft'), 'write')).toBeNull();
    expect(playbackAct(pressed('ArrowLeft', { altKey: true }), 'page')).toBeNull();
    expect(playbackAct(pressed('k'), 'page')).toBeNull();
  });

  it('knows what has the focus', () => {
    const element = (html: string): Element => {
      const box = document.createElement('div');
      box.innerHTML = html;
      return box.firstElementChild!;
    };
    expect(focusOf(element('<input type="range">'))).toBe('slider');
    expect(focusOf(element('<input type="search">'))).toBe('write');
    expect(focusOf(element('<select></select>'))).toBe('write');
    expect(focusOf(element('<input type="checkbox">'))).toBe('press');
    expect(focusOf(element('<summary></summary>'))).toBe('press');
    expect(focusOf(element('<div role="region"></div>'))).toBe('reader');
    expect(focusOf(element('<main></main>'))).toBe('page');
  });

  it('finds the place before and after, and the one before that when it has just begun', () => {
    expect(placeBeside([0, 10, 20], 10.5, 1)).toBe(20);
    expect(placeBeside([0, 10, 20], 10.5, -1)).toBe(0);
    expect(placeBeside([0, 10, 20], 15, -1)).toBe(10);
    expect(placeBeside([0, 10, 20], 25, 1)).toBeUndefined();
  });
});
