/**
 * Watches one peer connection and says when nothing comes in any more, and when it is dead (step 3 of the recovery ladder).
 * A dead connection is replaced, never restarted, because the server cannot restart ICE.
 *
 * Silence alone does not kill: when the socket is silent too, the network is gone, and a connection that is left in peace goes
 * on by itself when the network returns. It is dead when it `failed`, did not connect within 10 s, or stays silent
 * while the socket speaks.
 */
const CONNECT_WITHIN_MS = 10_000;
/** An answer takes a round trip; a connection that is not there by now may wait for one on a socket that is gone. */
const DOUBT_AFTER_MS = 1500;
/** The server says something on every connection twice a second, so two looks in a row that find nothing are suspicious. */
const SUSPECT_MS = 1000;
/** Four of those messages in a row are hardly lost by chance: at 5 % loss once a day. */
const DEAD_MS = 2000;
/** Looks that find the socket speaking and the connection silent; after an outage either may come back a little sooner. */
const CONTRADICTIONS = 2;

export interface LifelineEvents {
  onConnected(): void;
  /** Once at the beginning of each silence, and once at its end. */
  onSilence(silent: boolean): void;
  /** It takes long to connect: is the socket still alive? */
  onDoubt(): void;
  onDead(): void;
  /** When the socket last brought anything, as `performance.now()`. */
  socketHeardAt(): number;
}

export class Lifeline {
  private readonly timers: readonly number[];
  private signsOfLife = -1;
  private lastSignAt = 0;
  private contradictions = 0;
  private over = false;
  /** Nothing has come in for a suspicious while. */
  silent = false;

  constructor(
    private readonly connection: RTCPeerConnection,
    private readonly events: LifelineEvents,
  ) {
    connection.addEventListener('connectionstatechange', this.changed);
    this.timers = [
      window.setTimeout(() => this.die(), CONNECT_WITHIN_MS),
      window.setTimeout(() => this.events.onDoubt(), DOUBT_AFTER_MS),
    ];
  }

  /** Takes the total of everything received, at `nowMs`; called twice a second once connected. */
  heard(signsOfLife: number, nowMs: number): void {
    if (signsOfLife !== this.signsOfLife) {
      this.signsOfLife = signsOfLife;
      this.lastSignAt = nowMs;
      this.contradictions = 0;
      this.say(false);
      return;
    }
    const silentMs = nowMs - this.lastSignAt;
    if (silentMs < SUSPECT_MS) return;
    this.say(true);
    if (this.events.socketHeardAt() > this.lastSignAt + SUSPECT_MS) this.contradictions += 1;
    if (silentMs >= DEAD_MS && this.contradictions >= CONTRADICTIONS) this.die();
  }

  private say(silent: boolean): void {
    if (silent === this.silent) return;
    this.silent = silent;
    this.events.onSilence(silent);
  }

  stop(): void {
    this.over = true;
    this.forgetTimers();
    this.connection.removeEventListener('connectionstatechange', this.changed);
  }

  private readonly changed = (): void => {
    switch (this.connection.connectionState) {
      case 'connected':
        this.forgetTimers();
        this.events.onConnected();
        break;
      case 'failed':
      case 'closed':
        this.die();
        break;
      case 'disconnected': // silence, which is measured here sooner
      case 'new':
      case 'connecting':
        break;
    }
  };

  private forgetTimers(): void {
    for (const timer of this.timers) window.clearTimeout(timer);
  }

  private die(): void {
    if (this.over) return;
    this.stop();
    this.events.onDead();
  }
}
