/**
 * This participant's media: one connection up, one down, kept alive (step 3 of the recovery ladder). Knows the protocol's
 * media messages and the browser's connections; knows nothing of screens or of the court.
 */
import type { ClientMessage, IceServer, ServerMessage, SourceLabel } from '../protocol/messages.gen';
import { Display } from './display';
import { Downlink, type RemoteTracks } from './downlink';
import { Lifeline } from './lifeline';
import { Patiences } from './patience';
import { qualityOf, SteadyQuality, summary, type Quality, type QualitySample } from './quality';
import { emptyTotals, readTotals, signsOfLife, type Totals } from './stats';
import { Uplink, type LocalTracks } from './uplink';

/**
 * What is being done about media that does not flow, for the person to read: `checking` whether the line is broken, since nothing comes
 * in; `rebuilding` a connection; `sound_first`: nothing else worked, so the court's relay is tried, without pictures;
 * `sound_only`: that worked, and pictures follow when it has held.
 */
export type Recovery = 'none' | 'checking' | 'rebuilding' | 'sound_first' | 'sound_only';

export interface PeerEvents {
  send(message: ClientMessage): boolean;
  onTracks(tracks: RemoteTracks): void;
  onQuality(quality: Quality): void;
  onRecovery(recovery: Recovery): void;
  /** Nothing comes in any more, or something comes again, or no answer: the socket may have to be looked after. */
  onDoubt(): void;
  /** When the socket last brought anything, as `performance.now()`. */
  socketHeardAt(): number;
}

const LOOK_EVERY_MS = 500;
const SAMPLE_EVERY_MS = 1000;
const REPORT_EVERY_SAMPLES = 5;
/** A browser notices up to 2 s late that its network has other addresses, and until then every connection fails at once. */
const REBUILD_FIRST_MS = 400;
const REBUILD_LONGEST_MS = 8000;
/** Step 4 of the ladder: after so many failures nothing but the court's relay, and sound before pictures. */
const FAILURES_BEFORE_RELAY = 3;
/** A failure that was quicker than this says nothing about the ways that were tried. */
const TRIED_MS = 2000;
/** How long a connection must hold before it carries pictures again. */
const SPARING_MS = 15_000;

/** States in which something was received once. */
const CARRYING: ReadonlySet<RTCPeerConnectionState> = new Set(['connected', 'disconnected']);

type Direction = 'up' | 'down';

interface Side {
  lifeline: Lifeline | null;
  /** Rebuilds since the connection last worked. */
  rebuilds: number;
  /** Of these, attempts in which every way was tried and none led anywhere. */
  failures: number;
  /** When the present connection was begun, as `performance.now()`. */
  begunAt: number;
  timer: number;
  /** Waits for the socket. */
  due: boolean;
  totals: Totals;
}

const newSide = (): Side => ({
  lifeline: null,
  rebuilds: 0,
  failures: 0,
  begunAt: 0,
  timer: 0,
  due: false,
  totals: emptyTotals(),
});

export class Peer {
  private up: Uplink | null = null;
  private down: Downlink | null = null;
  private readonly sides: Record<Direction, Side> = { up: newSide(), down: newSide() };
  private tracks: LocalTracks = {};
  private allowed: readonly SourceLabel[] = [];
  private relays: readonly IceServer[] = [];
  /** Pictures are held back. */
  private sparing = false;
  private recovery: Recovery = 'none';
  private sparingTimer = 0;
  private receiving = false;
  private socketOpen = false;
  private readonly steady = new SteadyQuality();
  private samples: QualitySample[] = [];
  private readonly patiences = new Patiences();
  private readonly display: Display;
  private readonly sampler: number;
  private readonly watch: number;
  private closed = false;

  constructor(private readonly events: PeerEvents) {
    this.display = new Display((message) => this.down !== null && this.socketOpen && this.events.send(message));
    this.watch = window.setInterval(() => {
      for (const direction of ['up', 'down'] as const) void this.look(direction);
    }, LOOK_EVERY_MS);
    this.sampler = window.setInterval(() => void this.sample(), SAMPLE_EVERY_MS);
  }

  /** What may be sent now. A source that is new needs a new connection; one that is gone just is not sent. */
  allow(sources: readonly SourceLabel[]): void {
    this.allowed = sources;
    if (this.sources.length === 0) this.drop('up');
    else if (this.up === null || this.sources.some((source) => !this.up?.carries(source))) this.build('up');
  }

  /** Lines of the sending connection: a screen has one once it is shown. */
  private get sources(): readonly SourceLabel[] {
    return this.allowed.filter((source) => source !== 'screen' || this.tracks.screen != null);
  }

  /** Sends `track` as `source` from now on, also after a rebuild; null sends nothing. */
  capture(source: SourceLabel, track: MediaStreamTrack | null): void {
    this.tracks = { ...this.tracks, [source]: track };
    if (source !== 'microphone' && this.sparing) return;
    if (track !== null && this.up?.carries(source) === false && this.sources.includes(source)) this.extend(source, track);
    else this.up?.replace(source, track).catch(() => this.dead('up'));
  }

  /** One more line on the connection there is; where that is not possible, a new one. */
  private extend(source: SourceLabel, track: MediaStreamTrack): void {
    if (this.up?.add(source, track) === true) this.offerUp(this.up);
    else this.build('up');
  }

  /** Whether there is anything to receive: a subscription from where nothing is heard would be refused, and recorded. */
  receive(wanted: boolean): void {
    if (this.receiving === wanted) return;
    this.receiving = wanted;
    if (wanted) this.build('down');
    else {
      this.drop('down');
      this.received(new Map());
    }
  }

  /** The socket opened or was lost. Media goes on meanwhile; only what has to be built anew waits for it. */
  socketChanged(open: boolean): void {
    this.socketOpen = open;
    if (!open) return;
    this.display.changed();
    for (const direction of ['up', 'down'] as const) {
      const connection = this[direction]?.connection;
      const side = this.sides[direction];
      const unanswered = connection !== undefined && connection.connectionState === 'new';
      if (side.due || unanswered) this.build(direction);
      else if (side.lifeline?.silent === true) void this.buildUnlessHeard(direction);
    }
  }

  /** The socket came back. If the network did, media may have come back as well since the last look. */
  private async buildUnlessHeard(direction: Direction): Promise<void> {
    const { lifeline } = this.sides[direction];
    await this.look(direction);
    if (lifeline !== null && lifeline === this.sides[direction].lifeline && lifeline.silent) this.build(direction);
  }

  hear(message: ServerMessage): void {
    if (message.type === 'welcome') {
      this.relays = message.ice_servers;
    } else if (message.type === 'publish_answer' && message.connection === this.up?.id) {
      this.up.answered(message.sdp).catch(() => this.dead('up'));
    } else if (message.type === 'subscribe_offer' && message.connection === this.down?.id) {
      this.down.offered(message);
    } else if (message.type === 'media_lost') {
      if (this.sources.length > 0) this.build('up');
      if (this.receiving) this.build('down');
    }
  }

  close(): void {
    this.closed = true;
    window.clearInterval(this.watch);
    window.clearInterval(this.sampler);
    this.display.close();
    window.clearTimeout(this.sparingTimer);
    this.drop('up');
    this.drop('down');
  }

  private drop(direction: Direction): void {
    const side = this.sides[direction];
    window.clearTimeout(side.timer);
    side.lifeline?.stop();
    side.lifeline = null;
    side.due = false;
    side.totals = emptyTotals();
    this[direction]?.close();
    this[direction] = null;
    this.tellRecovery();
  }

  private build(direction: Direction): void {
    this.drop(direction);
    if (this.closed) return;
    if (!this.socketOpen) {
      this.sides[direction].due = true;
      return;
    }
    if (direction === 'up') this.buildUp();
    else this.buildDown();
  }

  private buildUp(): void {
    this.sparing = this.sides.up.failures >= FAILURES_BEFORE_RELAY;
    window.clearTimeout(this.sparingTimer);
    const tracks = this.sparing ? { microphone: this.tracks.microphone } : this.tracks;
    const up = new Uplink(this.sources, tracks, this.configuration('up'));
    this.up = up;
    this.keepAlive('up', up.connection);
    this.offerUp(up);
  }

  private offerUp(up: Uplink): void {
    up.offer()
      .then((offer) => up === this.up && this.events.send(offer))
      .catch(() => up === this.up && this.dead('up'));
  }

  private buildDown(): void {
    const down: Downlink = new Downlink(
      this.configuration('down'),
      (answer) => this.events.send(answer),
      (tracks) => down === this.down && this.received(tracks),
      () => down === this.down && this.dead('down'),
    );
    this.down = down;
    this.display.begin();
    this.keepAlive('down', down.connection);
    this.events.send({ type: 'subscribe', connection: down.id });
  }

  private received(tracks: RemoteTracks): void {
    this.events.onTracks(tracks);
    this.display.received(tracks);
  }

  private keepAlive(direction: Direction, connection: RTCPeerConnection): void {
    const side = this.sides[direction];
    side.begunAt = performance.now();
    side.lifeline = new Lifeline(connection, {
      onConnected: () => {
        side.rebuilds = side.failures = 0;
        if (direction === 'up' && this.sparing) this.sparingTimer = window.setTimeout(() => this.spareNoMore(), SPARING_MS);
        this.tellRecovery();
      },
      onSilence: () => {
        this.tellRecovery();
        this.events.onDoubt();
      },
      onDoubt: () => this.events.onDoubt(),
      onDead: () => this.dead(direction),
      socketHeardAt: () => this.events.socketHeardAt(),
    });
  }

  /** Relays are tried beside all other ways from the start; alone only when nothing else worked. */
  private configuration(direction: Direction): RTCConfiguration {
    const relayOnly = this.relays.length > 0 && this.sides[direction].failures >= FAILURES_BEFORE_RELAY;
    return {
      bundlePolicy: 'max-bundle',
      iceServers: [...this.relays],
      iceTransportPolicy: relayOnly ? 'relay' : 'all',
    };
  }

  private spareNoMore(): void {
    this.sparing = false;
    this.tellRecovery();
    for (const source of this.sources) this.capture(source, this.tracks[source] ?? null);
  }

  /** Makes the connection again: at once the first time, then at growing distance. */
  private dead(direction: Direction): void {
    if (this.closed) return;
    const side = this.sides[direction];
    const wait = side.rebuilds === 0 ? 0 : Math.min(REBUILD_LONGEST_MS, REBUILD_FIRST_MS * 2 ** (side.rebuilds - 1));
    if (side.rebuilds > 0 && performance.now() - side.begunAt >= TRIED_MS) side.failures += 1;
    side.rebuilds += 1;
    this.drop(direction);
    side.timer = window.setTimeout(() => this.build(direction), wait);
    this.tellRecovery();
  }

  private tellRecovery(): void {
    const before = this.recovery;
    this.recovery = this.recoveryNow();
    if (this.recovery !== before) this.events.onRecovery(this.recovery);
  }

  private recoveryNow(): Recovery {
    const sides = Object.values(this.sides);
    if (sides.some((side) => side.failures >= FAILURES_BEFORE_RELAY)) return 'sound_first';
    if (sides.some((side) => side.rebuilds > 0)) return 'rebuilding';
    if (sides.some((side) => side.lifeline?.silent === true)) return 'checking';
    return this.sparing ? 'sound_only' : 'none';
  }

  private async look(direction: Direction): Promise<void> {
    const connection = this[direction]?.connection;
    if (connection === undefined || !CARRYING.has(connection.connectionState)) return;
    const signs = await signsOfLife(connection);
    if (connection === this[direction]?.connection) this.sides[direction].lifeline?.heard(signs, performance.now());
  }

  private async sample(): Promise<void> {
    const before = { up: this.sides.up.totals, down: this.sides.down.totals };
    const [up, down] = await Promise.all([this.totalsOf('up'), this.totalsOf('down')]);
    if (this.closed || (up === null && down === null)) return;
    const sample = sampleOf(before, { up: up ?? before.up, down: down ?? before.down });
    this.samples.push(sample);
    if (down !== null) this.beWaiting(down);
    this.events.onQuality(this.steady.push(qualityOf(sample)));
    if (this.samples.length >= REPORT_EVERY_SAMPLES) {
      this.events.send(summary(this.steady.current, this.samples.splice(0)));
    }
  }

  private beWaiting(down: Totals): void {
    const connection = this.down?.connection;
    if (connection !== undefined) this.patiences.heed(connection, down.lines, down.roundTripMs);
  }

  private async totalsOf(direction: Direction): Promise<Totals | null> {
    const connection = this[direction]?.connection;
    if (connection === undefined || connection.connectionState !== 'connected') return null;
    const totals = await readTotals(connection);
    if (connection !== this[direction]?.connection) return null;
    this.sides[direction].totals = totals;
    return totals;
  }
}

function sampleOf(before: Record<Direction, Totals>, now: Record<Direction, Totals>): QualitySample {
  const grown = (pick: (totals: Totals) => number): number =>
    Math.max(0, pick(now.up) - pick(before.up)) + Math.max(0, pick(now.down) - pick(before.down));
  const lost = grown((totals) => totals.packetsLost);
  const carried = grown((totals) => totals.packetsReceived + totals.packetsSent);
  return {
    loss: lost + carried === 0 ? 0 : lost / (lost + carried),
    roundTripMs: Math.max(now.up.roundTripMs, now.down.roundTripMs),
    receivedKbps: (grown((totals) => totals.bytesReceived) * 8) / SAMPLE_EVERY_MS,
    sentKbps: (grown((totals) => totals.bytesSent) * 8) / SAMPLE_EVERY_MS,
    freezes: grown((totals) => totals.freezes),
  };
}
