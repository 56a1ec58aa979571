/** The sending connection: offered by this client, one audio and one video line, each kept while its track comes and goes. */
import type { PublishOffer, SourceLabel } from '../protocol/messages.gen';

export type LocalTracks = Partial<Record<SourceLabel, MediaStreamTrack | null>>;

const CAMERA_MAX_BPS = 900_000;

export function connectionId(direction: 'up' | 'down'): string {
  return `${direction}-${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 8)}`;
}

export class Uplink {
  readonly id = connectionId('up');
  readonly connection: RTCPeerConnection;
  readonly sources: readonly SourceLabel[];
  private readonly lines = new Map<SourceLabel, RTCRtpTransceiver>();

  constructor(sources: readonly SourceLabel[], tracks: LocalTracks, configuration: RTCConfiguration) {
    this.connection = new RTCPeerConnection(configuration);
    this.sources = sources;
    for (const source of sources) {
      const line = this.connection.addTransceiver(tracks[source] ?? (source === 'microphone' ? 'audio' : 'video'), {
        direction: 'sendonly',
        ...(source === 'camera' && { sendEncodings: [{ maxBitrate: CAMERA_MAX_BPS }] }),
      });
      this.lines.set(source, line);
    }
  }

  /** The server is ICE-lite and answers wherever checks come from, so the offer need not wait for candidates. */
  async offer(): Promise<PublishOffer> {
    await this.connection.setLocalDescription(await this.connection.createOffer());
    const sources = [...this.lines].flatMap(([source, line]) => (line.mid === null ? [] : [{ mid: line.mid, source }]));
    return {
      type: 'publish_offer',
      connection: this.id,
      sdp: this.connection.localDescription?.sdp ?? '',
      sources,
    };
  }

  async answered(sdp: string): Promise<void> {
    if (this.connection.signalingState !== 'have-local-offer') return;
    await this.connection.setRemoteDescription({ type: 'answer', sdp });
  }

  /** Sends another track, or nothing, on the line of `source`; no negotiation is needed. */
  async replace(source: SourceLabel, track: MediaStreamTrack | null): Promise<void> {
    await this.lines.get(source)?.sender.replaceTrack(track);
  }

  close(): void {
    this.connection.close();
  }
}
