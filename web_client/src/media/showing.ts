/** Which pictures are on the screen and how large: what is not shown need not be sent. */

export interface Size {
  width: number;
  height: number;
}

const pictures = new Map<HTMLElement, MediaStreamTrack>();
const listeners = new Set<() => void>();
let observer: ResizeObserver | null = null;

function changed(): void {
  for (const listener of listeners) listener();
}

/** `element` shows `track` until the returned function is called. */
export function showing(element: HTMLElement, track: MediaStreamTrack): () => void {
  observer ??= new ResizeObserver(changed);
  pictures.set(element, track);
  observer.observe(element);
  changed();
  return () => {
    pictures.delete(element);
    observer?.unobserve(element);
    changed();
  };
}

/** Sizes in device pixels; a track shown twice counts with the larger one. Nothing is shown while the page is hidden. */
export function shownSizes(): ReadonlyMap<MediaStreamTrack, Size> {
  const sizes = new Map<MediaStreamTrack, Size>();
  if (document.hidden) return sizes;
  for (const [element, track] of pictures) {
    const width = Math.round(element.clientWidth * devicePixelRatio);
    const height = Math.round(element.clientHeight * devicePixelRatio);
    if (width > 0 && height > 0 && height > (sizes.get(track)?.height ?? 0)) sizes.set(track, { width, height });
  }
  return sizes;
}

/** `listener` is called when sizes may have changed; returns the function that stops it. */
export function watchShown(listener: () => void): () => void {
  listeners.add(listener);
  document.addEventListener('visibilitychange', listener);
  return () => {
    listeners.delete(listener);
    document.removeEventListener('visibilitychange', listener);
  };
}
