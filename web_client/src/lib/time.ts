/** Times as people read them. All instants are UTC in milliseconds and are shown in the time zone of the browser. */

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** `14:05` */
export function clockTime(atMs: number): string {
  const at = new Date(atMs);
  return `${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** `14:05:09` */
export function clockTimeExact(atMs: number): string {
  return `${clockTime(atMs)}:${two(new Date(atMs).getSeconds())}`;
}

/** A span as `1:02:03`, or `02:03` below an hour. Never negative. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const hours = Math.floor(seconds / 3600);
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}

/** Day and time as the language writes it, such as `2026年11月20日 星期五 14:05`. */
export function dayAndTime(atMs: number, language: string): string {
  const day = new Date(atMs).toLocaleDateString(language, { year: 'numeric', month: 'long', day: 'numeric', weekday: 'long' });
  return `${day} ${clockTime(atMs)}`;
}

export function day(atMs: number, language: string): string {
  return new Date(atMs).toLocaleDateString(language, { year: 'numeric', month: 'long', day: 'numeric', weekday: 'long' });
}
