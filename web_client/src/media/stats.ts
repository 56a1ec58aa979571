/** Running totals of a peer connection, read from `getStats`. */

/** The fields of all kinds of statistics that are read here; each browser leaves some out. */
interface StatsEntry {
  type: string;
  mid?: string;
  bytesReceived?: number;
  bytesSent?: number;
  packetsReceived?: number;
  packetsSent?: number;
  packetsLost?: number;
  nackCount?: number;
  freezeCount?: number;
  nominated?: boolean;
  currentRoundTripTime?: number;
  roundTripTime?: number;
  responsesReceived?: number;
}

/** Of one received line: requests for packets that did not come, packets, freezes. */
export interface Line {
  asked: number;
  received: number;
  freezes: number;
}

export interface Totals {
  bytesReceived: number;
  bytesSent: number;
  packetsReceived: number;
  packetsSent: number;
  packetsLost: number;
  freezes: number;
  roundTripMs: number;
  /** Received, by mid. */
  lines: Map<string, Line>;
}

export function emptyTotals(): Totals {
  return {
    bytesReceived: 0,
    bytesSent: 0,
    packetsReceived: 0,
    packetsSent: 0,
    packetsLost: 0,
    freezes: 0,
    roundTripMs: 0,
    lines: new Map(),
  };
}

export async function readTotals(connection: RTCPeerConnection): Promise<Totals> {
  const totals = emptyTotals();
  const report = await connection.getStats();
  report.forEach((entry: StatsEntry) => add(totals, entry));
  return totals;
}

/** Grows whenever anything at all comes in, be it only the answer to a connectivity check. Asked of one line, whose report is short. */
export async function signsOfLife(connection: RTCPeerConnection): Promise<number> {
  const line = connection.getTransceivers()[0];
  const report = await (line?.direction === 'sendonly' ? line.sender : (line?.receiver ?? connection)).getStats();
  let signs = 0;
  report.forEach((entry: StatsEntry) => {
    if (entry.type === 'candidate-pair') signs += (entry.bytesReceived ?? 0) + (entry.responsesReceived ?? 0);
  });
  return signs;
}

function add(totals: Totals, entry: StatsEntry): void {
  switch (entry.type) {
    case 'inbound-rtp':
      totals.bytesReceived += entry.bytesReceived ?? 0;
      totals.packetsReceived += entry.packetsReceived ?? 0;
      totals.packetsLost += Math.max(0, entry.packetsLost ?? 0);
      totals.freezes += entry.freezeCount ?? 0;
      totals.lines.set(entry.mid ?? '', lineOf(entry));
      break;
    case 'outbound-rtp':
      totals.bytesSent += entry.bytesSent ?? 0;
      totals.packetsSent += entry.packetsSent ?? 0;
      break;
    case 'remote-inbound-rtp':
      totals.packetsLost += Math.max(0, entry.packetsLost ?? 0);
      totals.roundTripMs = Math.max(totals.roundTripMs, (entry.roundTripTime ?? 0) * 1000);
      break;
    case 'candidate-pair':
      if (entry.nominated === true) {
        totals.roundTripMs = Math.max(totals.roundTripMs, (entry.currentRoundTripTime ?? 0) * 1000);
      }
      break;
  }
}

function lineOf(entry: StatsEntry): Line {
  return { asked: entry.nackCount ?? 0, received: entry.packetsReceived ?? 0, freezes: entry.freezeCount ?? 0 };
}
