/** When more people sit in court than fit: who is shown together, so that no picture becomes too small to know a face. */
import type { Sitter } from './seating';

/**
 * `people` in pages, each as full as `fits` allows and with at least one of those who turn. The `pinned` are on every page. One page
 * when all fit.
 */
export function pagesOf<S extends Sitter>(people: readonly S[], pinned: (person: S) => boolean, fits: (page: readonly S[]) => boolean): S[][] {
  if (fits(people)) return [[...people]];
  const always = people.filter(pinned);
  const turning = people.filter((person) => !pinned(person));
  const pages: S[][] = [];
  for (const person of turning) {
    const page = pages[pages.length - 1];
    if (page !== undefined && fits([...page, person])) page.push(person);
    else pages.push([...always, person]);
  }
  return pages.length > 0 ? pages : [always];
}
