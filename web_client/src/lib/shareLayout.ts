/** Where things are while somebody shows a screen: it takes most of the stage, the people sit in a strip beside or below it. */
import { tiles, type Box, type Seating, type Sitter } from './seating';

const STRIP_SHARE = 0.24;
const GAP = 10;

export interface ShareLayout {
  screen: Box;
  strip: Box;
}

export function shareLayout(width: number, height: number): ShareLayout {
  const beside = width > height * 1.2;
  const strip = Math.round((beside ? width : height) * STRIP_SHARE);
  const rest = (beside ? width : height) - strip - GAP;
  return beside
    ? { screen: { left: 0, top: 0, width: rest, height }, strip: { left: rest + GAP, top: 0, width: strip, height } }
    : { screen: { left: 0, top: 0, width, height: rest }, strip: { left: 0, top: rest + GAP, width, height: strip } };
}

/** The people in the strip, in the order given. */
export function inStrip(people: readonly Sitter[], strip: Box): Seating {
  const boxes = tiles(people.length, strip, 260);
  const seats = new Map<string, Box>();
  people.forEach((person, at) => {
    const box = boxes[at];
    if (box !== undefined) seats.set(person.participant, box);
  });
  return { seats, banks: new Map() };
}
