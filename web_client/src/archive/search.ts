/** Finding words in the transcript. Pure. */

export interface TextPiece {
  text: string;
  found: boolean;
}

/** Indices of the texts that contain the query, letter case aside; none for an empty query. */
export function findTexts(texts: readonly string[], query: string): number[] {
  const wanted = query.trim().toLowerCase();
  if (wanted === '') return [];
  return texts.flatMap((text, at) => (text.toLowerCase().includes(wanted) ? [at] : []));
}

/** The text cut at every occurrence of the query; one piece when there is none. */
export function piecesOf(text: string, query: string): TextPiece[] {
  const wanted = query.trim().toLowerCase();
  const lower = text.toLowerCase();
  // Lower case can be longer than the original in some scripts; then positions would not fit, so nothing is marked.
  if (wanted === '' || lower.length !== text.length) return [{ text, found: false }];
  const pieces: TextPiece[] = [];
  let from = 0;
  for (let at = lower.indexOf(wanted); at !== -1; at = lower.indexOf(wanted, from)) {
    if (at > from) pieces.push({ text: text.slice(from, at), found: false });
    from = at + wanted.length;
    pieces.push({ text: text.slice(at, from), found: true });
  }
  if (from < text.length || pieces.length === 0) pieces.push({ text: text.slice(from), found: false });
  return pieces;
}
