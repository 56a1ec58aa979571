/**
 * How long received sound and pictures wait before they are played. Where packets get lost over a long way, what is sent again comes
 * a round trip late: without waiting for it pictures freeze and sounds are made up, with it nobody notices more than the delay.
 */

const LOSSY = 0.02;
const CLEAN = 0.005;
/** Below it repairs come in time by themselves. */
const LONG_WAY_MS = 60;
const MARGIN_MS = 50;
const LONGEST_MS = 400;
const STEP_MS = 50;
/** Clean samples in a row before waiting ends: each change is heard. */
const CLEAN_SAMPLES = 30;

export class Patience {
  private asked = 0;
  private received = 0;
  private clean = 0;
  private waiting: number | null = null;

  /**
   * Once a second, with running totals of a connection: requests for missing packets, packets received. Returns how many milliseconds
   * to wait; null: as long as the browser thinks right.
   */
  hear(asked: number, received: number, roundTripMs: number): number | null {
    const [more, came] = [asked - this.asked, received - this.received];
    [this.asked, this.received] = [asked, received];
    if (came <= 0 || more < 0) return this.waiting;
    const share = more / (came + more);
    if (share >= LOSSY && roundTripMs >= LONG_WAY_MS) {
      const wanted = Math.ceil((roundTripMs + MARGIN_MS) / STEP_MS) * STEP_MS;
      this.waiting = Math.max(this.waiting ?? 0, Math.min(LONGEST_MS, wanted));
    }
    this.clean = share <= CLEAN ? this.clean + 1 : 0;
    if (this.clean >= CLEAN_SAMPLES) this.waiting = null;
    return this.waiting;
  }
}

/** Browsers without the setting go on as before. */
export function wait(connection: RTCPeerConnection, milliseconds: number | null): void {
  for (const receiver of connection.getReceivers() as { jitterBufferTarget?: number | null }[]) {
    if ('jitterBufferTarget' in receiver && receiver.jitterBufferTarget !== milliseconds) {
      receiver.jitterBufferTarget = milliseconds;
    }
  }
}
