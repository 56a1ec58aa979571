/** The sending connection: offered by this client, a line for each source, kept while its track comes and goes. */
import type { PublishOffer, SourceLabel } from '../protocol/messages.gen';
import { layerNames, layersOf, onPhone, pixelsOf } from './layers';

export type LocalTracks = Partial<Record<SourceLabel, MediaStreamTrack | null>>;

export function connectionId(direction: 'up' | 'down'): string {
  return `${direction}-${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 8)}`;
}

export class Uplink {
  readonly id = connectionId('up');
  readonly connection: RTCPeerConnection;
  private readonly lines = new Map<SourceLabel, RTCRtpTransceiver>();

  constructor(sources: readonly SourceLabel[], tracks: LocalTracks, configuration: RTCConfiguration) {
    this.connection = new RTCPeerConnection(configuration);
    for (const source of sources) this.addLine(source, tracks[source] ?? null);
  }

  carries(source: SourceLabel): boolean {
    return this.lines.has(source);
  }

  /** One more line; the next offer tells of it. Returns false while an offer is unanswered, whose answer would not fit any more. */
  add(source: SourceLabel, track: MediaStreamTrack): boolean {
    if (this.connection.signalingState !== 'stable') return false;
    this.addLine(source, track);
    return true;
  }

  private addLine(source: SourceLabel, track: MediaStreamTrack | null): void {
    const line = this.connection.addTransceiver(track ?? (source === 'microphone' ? 'audio' : 'video'), {
      direction: 'sendonly',
      ...(source === 'camera' && { sendEncodings: layersOf(layerNames(onPhone()), pixelsOf(track)) }),
    });
    this.lines.set(source, line);
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
    const sender = this.lines.get(source)?.sender;
    await sender?.replaceTrack(track);
    if (source === 'camera' && sender !== undefined && track !== null) await fitLayers(sender, track);
  }

  close(): void {
    this.connection.close();
  }
}

/** Another camera may give a smaller picture. */
async function fitLayers(sender: RTCRtpSender, track: MediaStreamTrack): Promise<void> {
  const parameters = sender.getParameters();
  const rids = parameters.encodings.map((encoding) => encoding.rid ?? '');
  const layers = layersOf(rids, pixelsOf(track));
  if (parameters.encodings.every((each, n) => each.active === layers[n]?.active && each.maxBitrate === layers[n]?.maxBitrate)) return;
  parameters.encodings.forEach((encoding, n) => Object.assign(encoding, layers[n]));
  await sender.setParameters(parameters);
}
