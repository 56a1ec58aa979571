/**
 * The WebSocket to the court, with resume. It knows nothing of screens and nothing of what the messages mean.
 *
 * Steps 1 and 2 of the recovery ladder live here: a lost socket is opened again, and `hello{resume, last_sequence}` has the server
 * replay what was missed. An attempt that is refused reached somebody, who must not be overrun: the next ones wait 300 ms doubling to
 * 4 s. One that hangs reached nobody: the next follows at once, so that a network that is back is found within two seconds.
 */
import type { ClientMessage, Language, ServerMessage, Welcome } from '../protocol/messages.gen';
import { PROTOCOL_VERSION } from '../protocol/messages.gen';
import { backoffMs } from './backoff';

/** `stopped` is final: the server said not to come back, or the client closed. */
export type SignalState = 'connecting' | 'open' | 'lost' | 'stopped';

export interface SignalOptions {
  url: string;
  token: string;
  language: Language;
  takeOver: boolean;
  /** Secret of the session before a reload, so that the same seat is taken up again; null at the first visit. */
  resume: string | null;
  onResume(secret: string): void;
  onState(state: SignalState): void;
  onMessage(message: ServerMessage): void;
  /** Replaced in tests. */
  Socket?: typeof WebSocket;
  random?: () => number;
}

const PING_EVERY_MS = 4000;
const DEAD_AFTER_MS = 12_000;
/** A socket that is suspected answers a ping within this time and two usual round trips, or another one is opened. */
const ANSWER_WITHIN_MS = 1000;
/** An attempt hangs after this time and six round trips of the length measured last. The system repeats a packet that was lost while
 * connecting only after 1, 3 and 7 s, and never from another address: a new attempt is sooner. */
const HANGS_AFTER_MS = 1500;
const ROUND_TRIPS = 6;
/** As long as none was measured; longer ones are left to the patient attempts. */
const LONG_ROUND_TRIP_MS = 500;
/** What was tried a moment ago is not tried anew, whatever happens. */
const TRIES_AT_LEAST_MS = 500;
/** Each eighth attempt is patient, for a network that has become slow beyond that. */
const PATIENT_EACH = 8;
const PATIENT_MS = 6000;
/** Between two hanging attempts, so that a court full of browsers does not try in the same instant. */
const AGAIN_WITHIN_MS = 300;
/** Where the connection is made, the server may need a while for a whole court that comes back at once. */
const WELCOME_WITHIN_MS = 10_000;
/** Messages waiting for the socket; the oldest is dropped when full, which a person pressing buttons never reaches. */
const QUEUE_LIMIT = 200;

/** A description or a ping is only good on the socket it was made for, what is shown to others only when it is true. */
const NEVER_QUEUED: ReadonlySet<ClientMessage['type']> = new Set([
  'hello',
  'ping',
  'publish_offer',
  'subscribe',
  'subscribe_answer',
  'show_participants',
  'report_quality',
]);

export class Signal {
  state: SignalState = 'connecting';
  private socket: WebSocket | null = null;
  private resume: string | null;
  private lastSequence = 0;
  /** Attempts in a row that were refused, and that hung. */
  private refused = 0;
  private hung = 0;
  private roundTripMs = LONG_ROUND_TRIP_MS;
  private takeOver: boolean;
  /** When the socket last brought anything, as `performance.now()`. */
  heardAt = 0;
  /** A socket that was given up without a farewell, so that the server sees one change places with the other and nobody leave. */
  private abandoned: WebSocket | null = null;
  /** When the present socket was made. */
  private triedAt = 0;
  private probeTimer = 0;
  private retryTimer = 0;
  private pingTimer = 0;
  private connectTimer = 0;
  private queue: ClientMessage[] = [];

  constructor(private readonly options: SignalOptions) {
    this.takeOver = options.takeOver;
    this.resume = options.resume;
  }

  /** Opens the first socket. */
  start(): void {
    window.addEventListener('online', this.hurry);
    window.addEventListener('offline', this.offline);
    document.addEventListener('visibilitychange', this.hurry);
    this.connect();
  }

  /** Sends now, or keeps the message for the next socket. Returns false when it was neither. */
  send(message: ClientMessage): boolean {
    if (this.state === 'open' && this.write(message)) return true;
    if (this.state === 'stopped' || NEVER_QUEUED.has(message.type)) return false;
    this.queue.push(message);
    if (this.queue.length > QUEUE_LIMIT) this.queue.shift();
    return true;
  }

  /** Closes for good. */
  stop(): void {
    if (this.state === 'stopped') return;
    this.setState('stopped');
    this.clearTimers();
    window.removeEventListener('online', this.hurry);
    window.removeEventListener('offline', this.offline);
    document.removeEventListener('visibilitychange', this.hurry);
    const socket = this.socket;
    this.socket = null;
    socket?.close();
    this.abandoned?.close();
    this.abandoned = null;
  }

  /**
   * Media has fallen silent, or is heard again, or does not connect. If an open socket is silent too, another is opened beside it, long before pings
   * would tell. While there is none, the next attempt is made at once: the network has just changed.
   */
  probe(): void {
    if (this.state === 'lost' && this.mayTryAnew()) this.connect();
    if (this.state !== 'open') return;
    const socket = this.socket;
    const askedAt = performance.now();
    this.ping();
    window.clearTimeout(this.probeTimer);
    this.probeTimer = window.setTimeout(() => {
      if (this.state !== 'open' || socket !== this.socket || this.heardAt > askedAt) return;
      this.clearTimers();
      this.abandoned?.close();
      this.abandoned = socket;
      this.socket = null;
      this.setState('lost');
      this.connect();
    }, ANSWER_WITHIN_MS + 2 * this.roundTripMs);
  }

  /** Between two attempts, or in one that was not made just now and got nowhere: unconnected, or without a welcome. */
  private mayTryAnew(): boolean {
    return this.socket === null || performance.now() - this.triedAt > TRIES_AT_LEAST_MS;
  }

  private setState(state: SignalState): void {
    this.state = state;
    this.options.onState(state);
  }

  private clearTimers(): void {
    window.clearTimeout(this.retryTimer);
    window.clearTimeout(this.connectTimer);
    window.clearTimeout(this.probeTimer);
    window.clearInterval(this.pingTimer);
  }

  private connect(): void {
    this.clearTimers();
    const hanging = this.socket;
    this.socket = null;
    hanging?.close(); // browsers make one connection at a time to a server, so the next one would wait for it
    const Socket = this.options.Socket ?? WebSocket;
    const socket = new Socket(this.options.url);
    this.socket = socket;
    this.triedAt = performance.now();
    const patient = this.hung % PATIENT_EACH === PATIENT_EACH - 1;
    const patienceMs = patient ? PATIENT_MS : HANGS_AFTER_MS + ROUND_TRIPS * this.roundTripMs;
    this.connectTimer = window.setTimeout(() => this.giveUp(socket), patienceMs);
    socket.onopen = () => this.sayHello(socket);
    socket.onmessage = (event: MessageEvent<string>) => {
      if (socket === this.socket) this.receive(JSON.parse(event.data) as ServerMessage);
    };
    socket.onclose = () => this.lose(socket);
  }

  private sayHello(socket: WebSocket): void {
    if (socket !== this.socket) return;
    window.clearTimeout(this.retryTimer);
    window.clearTimeout(this.connectTimer);
    this.connectTimer = window.setTimeout(() => this.lose(socket), WELCOME_WITHIN_MS);
    this.triedAt = performance.now();
    this.write({
      type: 'hello',
      version: PROTOCOL_VERSION,
      token: this.options.token,
      language: this.options.language,
      resume: this.resume,
      last_sequence: this.lastSequence,
      take_over: this.takeOver,
    });
  }

  private receive(message: ServerMessage): void {
    this.heardAt = performance.now();
    if (message.type === 'pong') return;
    if (message.type === 'welcome') this.welcomed(message);
    else if ('sequence' in message) {
      if (message.sequence <= this.lastSequence) return; // replayed, and already known
      this.lastSequence = message.sequence;
    }
    const over = (message.type === 'error' && message.fatal) || (message.type === 'goodbye' && !message.retry);
    if (over) this.stop();
    this.options.onMessage(message);
  }

  private welcomed(message: Welcome): void {
    window.clearTimeout(this.connectTimer);
    this.roundTripMs = Math.min(LONG_ROUND_TRIP_MS, performance.now() - this.triedAt);
    this.abandoned?.close();
    this.abandoned = null;
    if (!message.resumed) this.lastSequence = message.sequence;
    this.resume = message.resume;
    this.options.onResume(message.resume);
    this.refused = this.hung = 0;
    this.takeOver = false;
    this.setState('open');
    for (const waiting of this.queue.splice(0)) this.write(waiting);
    this.pingTimer = window.setInterval(() => this.ping(), PING_EVERY_MS);
  }

  private ping(): void {
    if (performance.now() - this.heardAt > DEAD_AFTER_MS) this.lose(this.socket);
    else this.write({ type: 'ping', time_ms: performance.now() });
  }

  private write(message: ClientMessage): boolean {
    if (this.socket?.readyState !== 1 /* OPEN */) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }

  private lose(socket: WebSocket | null): void {
    if (this.state === 'stopped' || socket === null || socket !== this.socket) return;
    this.clearTimers();
    this.socket = null;
    socket.close();
    this.setState('lost');
    this.retryTimer = window.setTimeout(() => this.connect(), backoffMs(this.refused, this.options.random));
    this.refused += 1;
  }

  /** Nothing came of an attempt, not even a refusal. */
  private giveUp(socket: WebSocket): void {
    if (socket !== this.socket) return;
    this.hung += 1;
    this.setState('lost');
    window.clearTimeout(this.retryTimer);
    this.retryTimer = window.setTimeout(() => this.connect(), AGAIN_WITHIN_MS * (this.options.random ?? Math.random)());
  }

  private readonly offline = (): void => {
    if (this.state === 'open') this.lose(this.socket);
  };

  /** The network or the page came back: do not wait for the timer. */
  private readonly hurry = (): void => {
    if (document.visibilityState === 'hidden') return;
    if (this.state === 'lost') {
      this.refused = 0;
      if (this.mayTryAnew()) this.connect();
    } else if (this.state === 'open') {
      this.ping();
    }
  };
}
