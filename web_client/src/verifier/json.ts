/** JSON whose numbers keep their spelling, so that what was hashed can be written out again: `JSON.parse` makes 1.0 a 1 and cuts large numbers. */

export class Numeral {
  constructor(readonly text: string) {}
  get value(): number {
    return Number(this.text);
  }
  get whole(): boolean {
    return /^-?\d+$/.test(this.text);
  }
}

export type Json = string | boolean | null | Numeral | Json[] | JsonObject;
export type JsonObject = Map<string, Json>;

const TOKEN = /[ \t\r\n]*(?:([[\]{}:,])|("(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?)|(true|false|null))/y;
const DEEPEST = 500;

/** Throws `SyntaxError`. */
export function parseJson(text: string): Json {
  const reader = new Reader(text);
  const value = reader.value(0);
  reader.end();
  return value;
}

/** null unless it is an object that has these names. */
export function parseObject(text: string | null, names: readonly string[] = []): JsonObject | null {
  if (text === null) return null;
  try {
    const value = parseJson(text);
    return value instanceof Map && names.every((name) => value.has(name)) ? value : null;
  } catch {
    return null;
  }
}

class Reader {
  private at = 0;
  constructor(private readonly text: string) {}

  value(depth: number): Json {
    const [, mark, quoted, number, word] = this.next();
    if (depth > DEEPEST) throw new SyntaxError('too deep');
    if (quoted !== undefined) return JSON.parse(quoted) as string;
    if (number !== undefined) return new Numeral(number);
    if (word !== undefined) return word === 'null' ? null : word === 'true';
    if (mark === '[') return this.list(depth);
    if (mark === '{') return this.object(depth);
    throw new SyntaxError('a value was expected');
  }

  end(): void {
    if (this.text.slice(this.at).trim() !== '') throw new SyntaxError('more than one value');
  }

  private next(): RegExpExecArray {
    TOKEN.lastIndex = this.at;
    const found = TOKEN.exec(this.text);
    if (found === null) throw new SyntaxError('unreadable');
    this.at = TOKEN.lastIndex;
    return found;
  }

  private peek(mark: string): boolean {
    const before = this.at;
    TOKEN.lastIndex = before;
    if (TOKEN.exec(this.text)?.[1] !== mark) return false;
    this.at = TOKEN.lastIndex;
    return true;
  }

  private list(depth: number): Json[] {
    const values: Json[] = [];
    if (this.peek(']')) return values;
    for (;;) {
      values.push(this.value(depth + 1));
      if (this.peek(']')) return values;
      if (!this.peek(',')) throw new SyntaxError('a comma was expected');
    }
  }

  private object(depth: number): JsonObject {
    const fields: JsonObject = new Map();
    if (this.peek('}')) return fields;
    for (;;) {
      const name = this.value(depth + 1);
      if (typeof name !== 'string' || !this.peek(':')) throw new SyntaxError('a name was expected');
      fields.set(name, this.value(depth + 1));
      if (this.peek('}')) return fields;
      if (!this.peek(',')) throw new SyntaxError('a comma was expected');
    }
  }
}

/** Sorted names, no spaces, no escapes beyond what JSON demands; numbers as they were spelled. */
export function canonical(value: Json): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return JSON.stringify(value);
  if (value instanceof Numeral) return value.text;
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const names = [...value.keys()].sort((one, other) => (one < other ? -1 : 1));
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value.get(name) ?? null)}`).join(',')}}`;
}

export const text = (value: Json | undefined): string | null => (typeof value === 'string' ? value : null);
export const object = (value: Json | undefined): JsonObject | null => (value instanceof Map ? value : null);
export const whole = (value: Json | undefined): number | null => (value instanceof Numeral && value.whole ? value.value : null);

/** As a sentence shows it. */
export const shown = (value: Json | undefined): string =>
  typeof value === 'string' ? value : value === null || value === undefined ? 'None' : canonical(value);

/** Whether it has these names and no others; `names` in order. */
export const isNamed = (value: JsonObject, names: readonly string[]): boolean => [...value.keys()].sort().join() === names.join();
