/** Joins the archive player to a screen: builds it when all elements are there, and shows what it says. */

import { computed, onScopeDispose, ref, shallowRef, watch, type ComputedRef } from 'vue';
import type { Archive } from '../protocol/api.gen';
import { ArchivePlayer, type PlaybackView } from './archivePlayer';
import { ChannelPlayer } from './channelPlayer';
import { channelsOf, firstShownS } from './channels';
import { timelineOf } from './timeline';

export const RATES = [0.5, 0.75, 1, 1.25, 1.5, 2, 3] as const;

export const canPlay = typeof MediaSource !== 'undefined';

export function usePlayback(archive: Archive, token: string | undefined) {
  const timeline = timelineOf(archive);
  const channels = channelsOf(archive);
  const elements = new Map<number, HTMLMediaElement>();
  const view = shallowRef<PlaybackView>({ positionS: 0, playing: false, waiting: false, inGap: false, channels: [] });
  const rate = ref(1);
  const skipsGaps = ref(true);
  let player: ArchivePlayer | null = null;
  let wishS = timeline === null ? 0 : firstShownS(timeline, channels);

  /** Takes one channel's element; with the last one the playback is ready. */
  function take(channel: number, element: HTMLMediaElement): void {
    if (timeline === null || !canPlay || player !== null) return;
    elements.set(channel, element);
    if (elements.size < channels.length) return;
    const players = channels.flatMap((one, at) => {
      const own = elements.get(at);
      return own === undefined ? [] : [new ChannelPlayer(own, one, timeline, token)];
    });
    player = new ArchivePlayer(timeline, players, (shown) => (view.value = shown));
    player.setRate(rate.value);
    player.setSkipsGaps(skipsGaps.value);
    player.seek(wishS);
  }

  function seek(positionS: number): void {
    wishS = positionS;
    player?.seek(positionS);
  }

  /** The next speed up or down. */
  function changeRate(by: 1 | -1): void {
    const at = RATES.findIndex((value) => value === rate.value);
    rate.value = RATES[Math.min(Math.max(at + by, 0), RATES.length - 1)] ?? 1;
  }

  function toggle(): void {
    if (view.value.playing) player?.pause();
    else player?.play();
  }

  watch(rate, (value) => player?.setRate(value));
  watch(skipsGaps, (value) => player?.setSkipsGaps(value));
  onScopeDispose(() => player?.close());

  const positionS: ComputedRef<number> = computed(() => view.value.positionS);
  return {
    timeline,
    channels,
    view,
    positionS,
    rate,
    skipsGaps,
    take,
    seek,
    toggle,
    changeRate,
    play: () => player?.play(),
    pause: () => player?.pause(),
  };
}
