/** The receiving connection: offered by the server, whose `slots` say whose voice or picture each line carries. */
import type { SlotView, SourceLabel, SubscribeAnswer, SubscribeOffer } from '../protocol/messages.gen';
import { connectionId } from './uplink';

/** Received tracks by participant and source. */
export type RemoteTracks = ReadonlyMap<string, Partial<Record<SourceLabel, MediaStreamTrack>>>;

export class Downlink {
  readonly id = connectionId('down');
  readonly connection: RTCPeerConnection;
  private newest = -1;
  /** Descriptions are applied one after the other; a newer offer that came meanwhile makes older ones pointless. */
  private applying: Promise<void> = Promise.resolve();

  constructor(
    configuration: RTCConfiguration,
    private readonly send: (answer: SubscribeAnswer) => void,
    private readonly onTracks: (tracks: RemoteTracks) => void,
    private readonly onFailed: () => void,
  ) {
    this.connection = new RTCPeerConnection(configuration);
  }

  offered(offer: SubscribeOffer): void {
    this.newest = Math.max(this.newest, offer.negotiation);
    this.applying = this.applying.then(() => this.apply(offer)).catch(() => this.onFailed());
  }

  close(): void {
    this.newest = Infinity;
    this.connection.close();
  }

  private async apply(offer: SubscribeOffer): Promise<void> {
    if (offer.negotiation < this.newest) return;
    await this.connection.setRemoteDescription({ type: 'offer', sdp: offer.sdp });
    await this.connection.setLocalDescription(await this.connection.createAnswer());
    this.send({
      type: 'subscribe_answer',
      connection: this.id,
      negotiation: offer.negotiation,
      sdp: this.connection.localDescription?.sdp ?? '',
    });
    this.onTracks(this.tracksOf(offer.slots));
  }

  private tracksOf(slots: readonly SlotView[]): RemoteTracks {
    const tracks = new Map<string, Partial<Record<SourceLabel, MediaStreamTrack>>>();
    const lines = new Map(this.connection.getTransceivers().map((line) => [line.mid, line]));
    for (const slot of slots) {
      const track = lines.get(slot.mid)?.receiver.track;
      if (slot.participant === null || slot.source === null || track === undefined) continue;
      tracks.set(slot.participant, { ...tracks.get(slot.participant), [slot.source]: track });
    }
    return tracks;
  }
}
