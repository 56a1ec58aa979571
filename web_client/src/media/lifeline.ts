/**
 * Watches one peer connection and says, once, when it is dead (step 3 of the recovery ladder): `failed`, `disconnected`
 * for 4 s, not connected within 10 s, or nothing at all received for 6 s. A dead connection is replaced, never restarted,
 * because the server cannot restart ICE.
 */
const DISCONNECTED_MS = 4000;
const CONNECT_WITHIN_MS = 10_000;
const SILENT_MS = 6000;

export class Lifeline {
  private timer: number;
  private signsOfLife = -1;
  private lastSignAt = 0;
  private over = false;

  constructor(
    private readonly connection: RTCPeerConnection,
    private readonly onConnected: () => void,
    private readonly onDead: () => void,
  ) {
    connection.addEventListener('connectionstatechange', this.changed);
    this.timer = window.setTimeout(() => this.die(), CONNECT_WITHIN_MS);
  }

  /** Takes the total of everything received, at `nowMs`; called each second. */
  heard(signsOfLife: number, nowMs: number): void {
    if (this.connection.connectionState !== 'connected' || signsOfLife !== this.signsOfLife) {
      this.signsOfLife = signsOfLife;
      this.lastSignAt = nowMs;
    } else if (nowMs - this.lastSignAt > SILENT_MS) this.die();
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
        this.onConnected();
        break;
      case 'disconnected':
        window.clearTimeout(this.timer);
        this.timer = window.setTimeout(() => this.die(), DISCONNECTED_MS);
        break;
      case 'failed':
      case 'closed':
        this.die();
        break;
      case 'new':
      case 'connecting':
        break;
    }
  };

  private die(): void {
    if (this.over) return;
    this.stop();
    this.onDead();
  }
}
