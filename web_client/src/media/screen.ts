/** The screen or window this participant shows: asked for by the browser each time, never remembered. */
import { shallowRef } from 'vue';

/** What is shown now; null when nothing is. */
export const screenTrack = shallowRef<MediaStreamTrack | null>(null);

/** Phones cannot share what they show. */
export function canShareScreen(): boolean {
  return typeof navigator.mediaDevices?.getDisplayMedia === 'function';
}

/** Lets the person choose what to show. Returns whether something is shown now; closing the browser's question is no. */
export async function shareScreen(): Promise<boolean> {
  try {
    const stream = await navigator.mediaDevices.getDisplayMedia({
      video: { frameRate: { ideal: 10, max: 15 }, width: { max: 1920 }, height: { max: 1080 } },
      audio: false,
    });
    const track = stream.getVideoTracks()[0] ?? null;
    if (track === null) return false;
    endShare();
    track.contentHint = 'detail'; // text stays sharp and the rate falls, not the other way round
    track.addEventListener('ended', () => {
      if (screenTrack.value === track) screenTrack.value = null;
    });
    screenTrack.value = track;
    return true;
  } catch (error) {
    if (error instanceof DOMException) return false;
    throw error;
  }
}

export function endShare(): void {
  screenTrack.value?.stop();
  screenTrack.value = null;
}
