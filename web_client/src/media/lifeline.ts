/**
 * Watches one peer connection and says when nothing comes in any more, and when it is dead (step 3 of the recovery ladder).
 * A dead connection is replaced, never restarted, because the server cannot restart ICE.
 *
 * Silence alone does not kill: when the socket is silent too, the network is gone, and a connection that is left in peace goes
 * on by itself when the network returns. It is dead when it `failed`, did not connect within 10 s, or stays silent
 * while the socket speaks.
 */
const CONNECT_WITHIN_MS = 10_000;
/** A browser checks every 2.5 s whether it is heard, so a living connection is never silent for so long. */
const SILENT_MS = 4000;
/** Where something came at every look, as in a hearing, a shorter silence tells as much. */
const BUSY_SILENT_MS = 1000;
const BUSY_LOOKS = 2;

export interface LifelineEvents {
  onConnected(): void;
  /** Once at the beginning of each silence. */
  onSilent(): void;
  onDead(): void;
  /** When the socket last brought anything, as `performance.now()`. */
  socketHeardAt(): number;
}

export class Lifeline {
  private readonly timer: number;
  private signsOfLife = -1;
  private lastSignAt = 0;
  private busyLooks = 0;
  private over = false;
  /** Nothing has come in for a suspicious while. */
  silent = false;

  constructor(
    private readonly connection: RTCPeerConnection,
    private readonly events: LifelineEvents,
  ) {
    connection.addEventListener('connectionstatechange', this.changed);
    this.timer = window.setTimeout(() => this.die(), CONNECT_WITHIN_MS);
  }

  /** Takes the total of everything received, at `nowMs`; called twice a second once connected. */
  heard(signsOfLife: number, nowMs: number): void {
    if (signsOfLife !== this.signsOfLife) {
      this.busyLooks = nowMs - this.lastSignAt < BUSY_SILENT_MS ? this.busyLooks + 1 : 0;
      this.signsOfLife = signsOfLife;
      this.lastSignAt = nowMs;
      this.silent = false;
      return;
    }
    const silentMs = nowMs - this.lastSignAt;
    if (!this.silent && silentMs >= (this.busyLooks >= BUSY_LOOKS ? BUSY_SILENT_MS : SILENT_MS)) {
      this.silent = true;
      this.events.onSilent();
    }
    if (silentMs >= SILENT_MS && this.events.socketHeardAt() > this.lastSignAt + BUSY_SILENT_MS) this.die();
  }

  stop(): void {
    this.over = true;
    window.clearTimeout(this.timer);
    this.connection.removeEventListener('connectionstatechange', this.changed);
  }

  private readonly changed = (): void => {
    switch (this.connection.connectionState) {
      case 'connected':
        window.clearTimeout(this.timer);
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

  private die(): void {
    if (this.over) return;
    this.stop();
    this.events.onDead();
  }
}
