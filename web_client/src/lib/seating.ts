/**
 * Seats in court order on a stage of a given size: the bench on top, the sides left and right, the clerk and whoever
 * testifies in the middle. Pure geometry: the same people in the same window always sit in the same places.
 */
export type Bank = 'bench' | 'left' | 'centre' | 'right';

export interface Sitter {
  participant: string;
  role: string;
  side: string;
  seat: number;
}

export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

export interface Seating {
  seats: ReadonlyMap<string, Box>;
  /** Where each bank is, for its label; a bank nobody belongs to is absent. */
  banks: ReadonlyMap<Bank, Box>;
}

const BENCH_ROLES = new Set(['presiding_judge', 'panel_member']);
const LEFT_SIDES = new Set(['plaintiff', 'appellant', 'applicant', 'prosecution']);
const RIGHT_SIDES = new Set(['defendant', 'appellee', 'respondent', 'defence']);
const NOT_SEATED = new Set(['observer', 'reporter', 'inspector', 'site_operator', 'tech_officer', 'admin']);

const ASPECT = 16 / 9;
const GAP = 10;
/** The bench is larger than the floor, but not so large that the parties become small beside it. */
const BENCH_AT_MOST = 1.9;
/** A clerk alone in the middle needs less room than whoever speaks there. */
const CLERK_SHARE = 0.55;
/** Height of a bank's label above its seats, in pixels at the standard text size. */
const LABEL = 24;

/** The bank of a seat, or null for those who have no seat inside the bar. */
export function bankOf(sitter: Pick<Sitter, 'role' | 'side'>): Bank | null {
  if (NOT_SEATED.has(sitter.role)) return null;
  if (BENCH_ROLES.has(sitter.role)) return 'bench';
  if (sitter.role === 'prosecutor' || LEFT_SIDES.has(sitter.side)) return 'left';
  if (sitter.role === 'accused' || RIGHT_SIDES.has(sitter.side)) return 'right';
  return 'centre';
}

/** In order of seats; on the bench the presiding judge sits in the middle. */
export function inCourtOrder<S extends Sitter>(sitters: readonly S[]): S[] {
  return [...sitters].sort((one, other) => one.seat - other.seat);
}

function presidingInTheMiddle<S extends Sitter>(bench: readonly S[]): S[] {
  const presiding = bench.filter((sitter) => sitter.role === 'presiding_judge');
  const panel = bench.filter((sitter) => sitter.role !== 'presiding_judge');
  const half = Math.ceil(panel.length / 2);
  return [...panel.slice(0, half), ...presiding, ...panel.slice(half)];
}

/** The largest 16:9 tiles for `count` people inside `area`, centred, filled row by row. */
export function tiles(count: number, area: Box, most = Infinity): Box[] {
  let best = { width: 0, columns: 1 };
  for (let columns = 1; columns <= count; columns += 1) {
    const rows = Math.ceil(count / columns);
    const byWidth = (area.width - GAP * (columns - 1)) / columns;
    const byHeight = ((area.height - GAP * (rows - 1)) / rows) * ASPECT;
    const width = Math.floor(Math.min(byWidth, byHeight, most));
    if (width > best.width) best = { width, columns };
  }
  return placed(count, area, best.width, best.columns);
}

function placed(count: number, area: Box, width: number, columns: number): Box[] {
  const height = Math.floor(width / ASPECT);
  const rows = Math.ceil(count / columns);
  const top = area.top + (area.height - rows * height - (rows - 1) * GAP) / 2;
  return Array.from({ length: count }, (_, at) => {
    const row = Math.floor(at / columns);
    const inRow = Math.min(columns, count - row * columns);
    const rowWidth = inRow * width + (inRow - 1) * GAP;
    const left = area.left + (area.width - rowWidth) / 2 + (at % columns) * (width + GAP);
    return { left: Math.round(left), top: Math.round(top + row * (height + GAP)), width, height };
  });
}

function below(box: Box, label: number): Box {
  return { ...box, top: box.top + label, height: Math.max(0, box.height - label) };
}

interface Group {
  bank: Bank;
  people: Sitter[];
  area: Box;
}

/** Left, centre and right side by side below `top`; a bank nobody belongs to takes no room. */
function floorGroups(ordered: readonly Sitter[], width: number, height: number, top: number): Group[] {
  const groups = (['left', 'centre', 'right'] as const)
    .map((bank) => ({ bank, people: ordered.filter((sitter) => bankOf(sitter) === bank) }))
    .filter(({ people }) => people.length > 0);
  const share = ({ bank, people }: { bank: Bank; people: Sitter[] }): number =>
    bank === 'centre' && groups.length > 1 && people.every((sitter) => sitter.role === 'clerk') ? CLERK_SHARE : 1;
  const shares = groups.reduce((sum, group) => sum + share(group), 0);
  const usable = width - GAP * (groups.length - 1);
  let left = 0;
  return groups.map((group) => {
    const own = (usable * share(group)) / shares;
    const area = { left, top, width: own, height: height - top };
    left += own + GAP;
    return { ...group, area };
  });
}

function tileWidth(group: Group, label: number): number {
  return tiles(group.people.length, below(group.area, label))[0]?.width ?? 0;
}

/** Places everybody who has a seat on a stage of `width` × `height` pixels, below labels of `label` pixels. */
export function seating(sitters: readonly Sitter[], width: number, height: number, label = LABEL): Seating {
  const ordered = inCourtOrder(sitters);
  const bench = presidingInTheMiddle(ordered.filter((sitter) => bankOf(sitter) === 'bench'));
  const whole = { left: 0, top: 0, width, height };
  if (bench.length === 0) return placeAll(floorGroups(ordered, width, height, 0), label);
  const benchGroup = (own: number): Group => ({ bank: 'bench', people: bench, area: { ...whole, height: own } });
  if (floorGroups(ordered, width, height, 0).length === 0) return placeAll([benchGroup(height)], label);
  let best = { score: -1, groups: [] as Group[], mostBench: Infinity, mostFloor: Infinity };
  for (let share = 0.34; share <= 0.66; share += 0.02) {
    const own = Math.floor(height * share);
    const floor = floorGroups(ordered, width, height, own + GAP);
    // Nobody's picture is larger than a judge's.
    const mostFloor = tileWidth(benchGroup(own), label);
    const party = Math.min(Math.max(...floor.map((group) => tileWidth(group, label))), mostFloor);
    const mostBench = Math.floor(party * BENCH_AT_MOST);
    const score = party + Math.min(mostFloor, mostBench) * 0.6;
    if (score > best.score) best = { score, groups: [benchGroup(own), ...floor], mostBench, mostFloor };
  }
  return placeAll(best.groups, label, best.mostBench, best.mostFloor);
}

function placeAll(groups: readonly Group[], label: number, mostBench = Infinity, mostFloor = Infinity): Seating {
  const seats = new Map<string, Box>();
  const banks = new Map<Bank, Box>();
  for (const { bank, people, area } of groups) {
    const boxes = tiles(people.length, below(area, label), bank === 'bench' ? mostBench : mostFloor);
    people.forEach((sitter, at) => {
      const box = boxes[at];
      if (box !== undefined) seats.set(sitter.participant, box);
    });
    banks.set(bank, { ...area, top: Math.min(...boxes.map((box) => box.top)) - label, height: label });
  }
  return { seats, banks };
}
