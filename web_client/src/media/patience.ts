/**
 * How long received sound and pictures wait before they are played. Where packets get lost over a long way, what is sent again comes
 * a round trip late: without waiting for it pictures freeze and sounds are made up, with it nobody notices more than the delay.
 *
 * The long way may be one's own, which the connection's round trip tells and which everything waits for. Or it is the way of one
 * speaker to the court: that shows in pictures of this speaker that freeze while packets of theirs are missing.
 */

import type { Line } from './stats';

const LOSSY = 0.02;
const CLEAN = 0.005;
/** Below it repairs come in time by themselves. */
const LONG_WAY_MS = 60;
const MARGIN_MS = 50;
const LONGEST_MS = 400;
const STEP_MS = 50;
/** Clean samples in a row before waiting ends: each change is heard. */
const CLEAN_SAMPLES = 30;

/** Of a connection or of one line. */
export class Patience {
  private asked = 0;
  private received = 0;
  private freezes = 0;
  private askedBefore = 0;
  private clean = 0;
  private waiting: number | null = null;

  /**
   * Once a second, with running totals: requests for missing packets, packets received, freezes. Returns how many milliseconds to wait;
   * null: as long as the browser thinks right.
   */
  hear(asked: number, received: number, roundTripMs: number, freezes = 0): number | null {
    const [more, came, froze] = [asked - this.asked, received - this.received, freezes - this.freezes];
    [this.asked, this.received, this.freezes] = [asked, received, freezes];
    if (came <= 0 || more < 0) return this.waiting;
    const share = more / (came + more);
    if (share >= LOSSY && roundTripMs >= LONG_WAY_MS) this.wait(Math.ceil((roundTripMs + MARGIN_MS) / STEP_MS) * STEP_MS);
    // A freeze is counted when it ends, and what it waited for was asked for when it began. How long the speaker's way is, nobody tells.
    if (froze > 0 && more + this.askedBefore > 0) this.wait(LONGEST_MS);
    this.askedBefore = more;
    this.clean = share <= CLEAN ? this.clean + 1 : 0;
    if (this.clean >= CLEAN_SAMPLES) this.waiting = null;
    return this.waiting;
  }

  private wait(milliseconds: number): void {
    this.waiting = Math.max(this.waiting ?? 0, Math.min(LONGEST_MS, milliseconds));
  }
}

/** Of a receiving connection and each of its lines. */
export class Patiences {
  private readonly whole = new Patience();
  private readonly lines = new Map<string, Patience>();

  /** Once a second. */
  heed(connection: RTCPeerConnection, lines: ReadonlyMap<string, Line>, roundTripMs: number): void {
    let [asked, received] = [0, 0];
    const waits = new Map<string, number | null>();
    for (const [mid, line] of lines) {
      [asked, received] = [asked + line.asked, received + line.received];
      const patience = this.lines.get(mid) ?? new Patience();
      this.lines.set(mid, patience);
      waits.set(mid, patience.hear(line.asked, line.received, 0, line.freezes));
    }
    const whole = this.whole.hear(asked, received, roundTripMs);
    for (const { mid, receiver } of connection.getTransceivers()) wait(receiver, longer(whole, waits.get(mid ?? '') ?? null));
  }
}

function longer(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.max(one, other);
}

/** Browsers without the setting go on as before. */
function wait(receiver: RTCRtpReceiver & { jitterBufferTarget?: number | null }, milliseconds: number | null): void {
  if ('jitterBufferTarget' in receiver && receiver.jitterBufferTarget !== milliseconds) receiver.jitterBufferTarget = milliseconds;
}
