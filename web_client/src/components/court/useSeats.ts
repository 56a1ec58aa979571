/** Who sits in court, with the picture and state each seat shows; shared by the large stage and the phone's. */
import { computed } from 'vue';
import { bankOf, inCourtOrder } from '../../lib/seating';
import { localTracks } from '../../media/devices';
import { screenTrack } from '../../media/screen';
import type { ParticipantView } from '../../protocol/messages.gen';
import { useSession } from '../../session';

export interface SeatShown {
  person: ParticipantView;
  track: MediaStreamTrack | null;
  speaking: boolean;
  self: boolean;
}

export interface ScreenShown {
  person: ParticipantView;
  track: MediaStreamTrack;
  self: boolean;
}

/** They wait apart and have no seat until they are called (OLR 26). */
const SEATED_ONLY_IN_COURT = new Set(['witness', 'expert', 'helper', 'interpreter', 'mediator', 'bailiff']);

function hasSeat(person: ParticipantView): boolean {
  return bankOf(person) !== null && (person.place === 'courtroom' || !SEATED_ONLY_IN_COURT.has(person.role));
}

export function useSeats() {
  const session = useSession();
  const seated = computed(() => inCourtOrder([...session.state.value.participants.values()].filter(hasSeat)));

  const seats = computed<SeatShown[]>(() => {
    const speaking = new Set(session.state.value.speaking);
    return seated.value.map((person) => {
      const self = person.participant === session.state.value.me;
      return {
        person,
        self,
        track: self ? localTracks.camera : (session.remoteTracks.value.get(person.participant)?.camera ?? null),
        speaking: speaking.has(person.participant),
      };
    });
  });

  const observers = computed(
    () =>
      [...session.state.value.participants.values()].filter(
        (person) => person.place === 'gallery' && person.presence === 'present',
      ).length,
  );
  /** The screen on the stage; when two are shown, the one of whoever sits first. */
  const screen = computed<ScreenShown | null>(() => {
    for (const person of inCourtOrder([...session.state.value.participants.values()])) {
      const self = person.participant === session.state.value.me;
      const track = self ? screenTrack.value : session.remoteTracks.value.get(person.participant)?.screen;
      if (track != null && (self || person.screen)) return { person, track, self };
    }
    return null;
  });
  return { seats, observers, screen };
}
