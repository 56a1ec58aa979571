/** Joins the keyboard to the playback. */

import { onScopeDispose } from 'vue';
import { focusOf, placeBeside, playbackAct } from './keys';

interface Played {
  positionS: { value: number };
  seek: (positionS: number) => void;
  toggle: () => void;
  changeRate: (by: 1 | -1) => void;
}

/** `places`: positions of the stages, in order. */
export function usePlaybackKeys(playback: Played, places: () => readonly number[]): void {
  const pressed = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.isComposing) return;
    const act = playbackAct(event, focusOf(event.target instanceof Element ? event.target : null));
    if (act === null) return;
    event.preventDefault();
    switch (act.act) {
      case 'toggle':
        playback.toggle();
        break;
      case 'step':
        playback.seek(playback.positionS.value + act.seconds);
        break;
      case 'speed':
        playback.changeRate(act.by);
        break;
      case 'stage': {
        const place = placeBeside(places(), playback.positionS.value, act.by);
        if (place !== undefined) playback.seek(place);
        break;
      }
    }
  };
  window.addEventListener('keydown', pressed);
  onScopeDispose(() => window.removeEventListener('keydown', pressed));
}
