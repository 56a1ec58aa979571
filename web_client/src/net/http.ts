/** One HTTP request to this server: JSON in, JSON out, a refusal as `HttpRefusal`. No screens, no state. */
import type { ErrorBody } from '../protocol/api.gen';
import type { ErrorCode } from '../protocol/messages.gen';

/** The server answered with a refusal, or could not be reached (`code` is then `unreachable`). */
export class HttpRefusal extends Error {
  constructor(
    readonly code: ErrorCode | 'unreachable',
    message: string,
    readonly status: number,
  ) {
    super(message);
    this.name = 'HttpRefusal';
  }
}

export interface RequestOptions {
  body?: object;
  /** A seat's session token, for the few addresses that a seat may read. */
  token?: string;
  signal?: AbortSignal;
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Sends one request and returns the parsed answer; an empty answer is returned as null. */
export async function request<T>(method: Method, path: string, options: RequestOptions = {}): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (options.body !== undefined) headers['Content-Type'] = 'application/json';
  if (options.token !== undefined) headers.Authorization = `Bearer ${options.token}`;
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers,
      credentials: 'same-origin',
      ...(options.body !== undefined && { body: JSON.stringify(options.body) }),
      ...(options.signal !== undefined && { signal: options.signal }),
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new HttpRefusal('unreachable', '', 0);
  }
  const text = await response.text();
  if (!response.ok) throw refusal(text, response.status);
  return (text === '' ? null : JSON.parse(text)) as T;
}

function refusal(text: string, status: number): HttpRefusal {
  try {
    const body = JSON.parse(text) as Partial<ErrorBody>;
    return new HttpRefusal(body.code ?? 'internal', body.message ?? '', status);
  } catch {
    return new HttpRefusal('internal', '', status);
  }
}
