/**
 * Acts: messages with a `request`, each answered by one `accepted` or `error`. Turns the pair into a promise.
 *
 * An act that was sent on a socket that then broke has no answer: whether it was carried out is not known, and repeating
 * it by itself could do it twice. Such an act is refused with `uncertain`, and the person looks and decides.
 */
import type { ClientMessage, ErrorCode, ServerMessage, UtteranceView } from '../protocol/messages.gen';

type WithoutRequest<M> = M extends { request: string } ? Omit<M, 'request'> : never;

/** Any act, as a view states it; the request id is added here. */
export type Act = WithoutRequest<ClientMessage>;

/** The court refused an act. `utterance` is the present state of the line, with `conflict`. */
export class ActRefused extends Error {
  constructor(
    readonly code: ErrorCode | 'uncertain',
    message: string,
    readonly utterance: UtteranceView | null = null,
  ) {
    super(message);
    this.name = 'ActRefused';
  }
}

interface Waiting {
  resolve(): void;
  reject(refusal: ActRefused): void;
  /** On the wire already, rather than waiting for a socket. */
  sent: boolean;
}

export class Acts {
  private readonly waiting = new Map<string, Waiting>();
  private count = 0;
  /** Distinguishes the acts of this page from those of the page before a reload. */
  private readonly prefix = Math.random().toString(36).slice(2, 8);

  constructor(
    private readonly send: (message: ClientMessage) => boolean,
    private readonly isOpen: () => boolean,
  ) {}

  perform(act: Act): Promise<void> {
    this.count += 1;
    const request = `${this.prefix}-${this.count}`;
    return new Promise((resolve, reject) => {
      this.waiting.set(request, { resolve, reject, sent: this.isOpen() });
      const message = { ...act, request } as ClientMessage;
      if (!this.send(message)) this.settle(request, new ActRefused('uncertain', ''));
    });
  }

  /** Sees every message of the server; answers end the act they belong to. */
  hear(message: ServerMessage): void {
    if (message.type === 'accepted') this.settle(message.request, null);
    else if (message.type === 'error' && message.request !== null) {
      this.settle(message.request, new ActRefused(message.code, message.message, message.utterance));
    } else if (message.type === 'welcome') {
      for (const entry of this.waiting.values()) entry.sent = true;
    }
  }

  /** The socket broke: acts already sent will never be answered. */
  connectionLost(): void {
    for (const [request, entry] of [...this.waiting]) {
      if (entry.sent) this.settle(request, new ActRefused('uncertain', ''));
    }
  }

  private settle(request: string, refusal: ActRefused | null): void {
    const entry = this.waiting.get(request);
    if (entry === undefined) return;
    this.waiting.delete(request);
    if (refusal === null) entry.resolve();
    else entry.reject(refusal);
  }
}
