/** Tells the server which received pictures are displayed and how large. */
import type { ShowParticipants, ShownPicture, SourceLabel } from '../protocol/messages.gen';
import type { RemoteTracks } from './downlink';
import { shownSizes, watchShown, type Size } from './showing';

/** A layout settles in a few steps; only the last is told. */
const SETTLED_AFTER_MS = 250;
const LARGEST_SIDE = 16_384;

export class Display {
  private tracks: RemoteTracks = new Map();
  private told = '';
  private timer = 0;
  private readonly unwatch: () => void;

  constructor(private readonly send: (message: ShowParticipants) => boolean) {
    this.unwatch = watchShown(() => this.changed());
  }

  /** What is received now. */
  received(tracks: RemoteTracks): void {
    this.tracks = tracks;
    this.changed();
  }

  /** A new receiving connection: the server may be another one and know nothing. */
  begin(): void {
    this.told = '';
  }

  close(): void {
    window.clearTimeout(this.timer);
    this.unwatch();
  }

  /** Something may have changed; tells the server if so. */
  changed(): void {
    if (this.timer !== 0) return;
    this.timer = window.setTimeout(() => {
      this.timer = 0;
      this.tell();
    }, SETTLED_AFTER_MS);
  }

  private tell(): void {
    if (this.tracks.size === 0) return;
    const shown = shownPictures(this.tracks, shownSizes());
    const text = JSON.stringify(shown);
    if (text !== this.told && this.send({ type: 'show_participants', shown })) this.told = text;
  }
}

export function shownPictures(tracks: RemoteTracks, sizes: ReadonlyMap<MediaStreamTrack, Size>): ShownPicture[] {
  const shown: ShownPicture[] = [];
  for (const [participant, sources] of tracks) {
    for (const source of ['camera', 'screen'] satisfies SourceLabel[]) {
      const size = sources[source] === undefined ? undefined : sizes.get(sources[source]);
      if (size !== undefined) {
        shown.push({
          participant,
          source,
          width: Math.min(size.width, LARGEST_SIDE),
          height: Math.min(size.height, LARGEST_SIDE),
        });
      }
    }
  }
  return shown;
}
