/** Which pictures are on the screen and how large: what is not shown need not be sent. */

export interface Size {
  width: number;
  height: number;
}

/** What comes into sight next is there already. */
const AHEAD = '120px';

const pictures = new Map<HTMLElement, MediaStreamTrack>();
const listeners = new Set<() => void>();
/** Scrolled out of sight. */
const outOfSight = new WeakSet<Element>();
let observer: ResizeObserver | null = null;
let sight: IntersectionObserver | null = null;

function changed(): void {
  for (const listener of listeners) listener();
}

function seen(entries: readonly IntersectionObserverEntry[]): void {
  for (const { target, isIntersecting } of entries) {
    if (isIntersecting) outOfSight.delete(target);
    else outOfSight.add(target);
  }
  changed();
}

/** `element` shows `track` until the returned function is called. */
export function showing(element: HTMLElement, track: MediaStreamTrack): () => void {
  observer ??= new ResizeObserver(changed);
  sight ??= new IntersectionObserver(seen, { rootMargin: AHEAD });
  pictures.set(element, track);
  observer.observe(element);
  sight.observe(element);
  changed();
  return () => {
    pictures.delete(element);
    observer?.unobserve(element);
    sight?.unobserve(element);
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
    if (!outOfSight.has(element) && width > 0 && height > 0 && height > (sizes.get(track)?.height ?? 0)) sizes.set(track, { width, height });
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
