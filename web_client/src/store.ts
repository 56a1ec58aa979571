/**
 * What this client knows of the hearing, and how each message of the server changes it. Pure: no socket, no page, no clock.
 *
 * `apply` never changes the state it is given. It copies what changes and shares the rest, so a view that shows an
 * unchanged utterance is given the same object again and does nothing.
 */
import type {
  CompositeView,
  Goodbye,
  HearingView,
  ParticipantView,
  RecordingView,
  ServerMessage,
  Snapshot,
  SourceLabel,
  TranscriptionView,
  UtteranceView,
} from './protocol/messages.gen';

export interface PartialCaption {
  utterance: string;
  participant: string;
  text: string;
  atMs: number;
}

export interface CourtState {
  me: string | null;
  permissions: ReadonlySet<string>;
  mayPublish: readonly SourceLabel[];
  hearing: HearingView | null;
  participants: ReadonlyMap<string, ParticipantView>;
  /** Oldest first. */
  utterances: readonly UtteranceView[];
  /** Of the whole hearing; more than `utterances` when earlier ones were not loaded. */
  utteranceCount: number;
  recording: RecordingView | null;
  /** Local time at which `recording` was true, to let the elapsed time run on. */
  recordingAtMs: number;
  transcription: TranscriptionView | null;
  composite: CompositeView | null;
  /** Loudest first. */
  speaking: readonly string[];
  /** What is being said, by participant. */
  partials: ReadonlyMap<string, PartialCaption>;
  /** Which line each other clerk has open. */
  editing: ReadonlyMap<string, string>;
  /** The bench asks this participant to unmute; cleared by the client's own answer. */
  unmuteAsked: boolean;
  /** Server time minus local time. */
  clockOffsetMs: number;
  goodbye: Goodbye | null;
}

export const EMPTY: CourtState = {
  me: null,
  permissions: new Set(),
  mayPublish: [],
  hearing: null,
  participants: new Map(),
  utterances: [],
  utteranceCount: 0,
  recording: null,
  recordingAtMs: 0,
  transcription: null,
  composite: null,
  speaking: [],
  partials: new Map(),
  editing: new Map(),
  unmuteAsked: false,
  clockOffsetMs: 0,
  goodbye: null,
};

/** The state after `message`, which arrived at local time `nowMs`. */
export function apply(state: CourtState, message: ServerMessage, nowMs: number): CourtState {
  switch (message.type) {
    case 'welcome': {
      const known = message.snapshot === null ? state : withSnapshot(state, message.snapshot, nowMs);
      return {
        ...known,
        me: message.participant,
        permissions: new Set(message.permissions),
        mayPublish: message.may_publish,
        clockOffsetMs: message.server_time_ms - nowMs,
        partials: new Map(),
        editing: new Map(),
        goodbye: null,
      };
    }
    case 'snapshot_replaced':
      return withSnapshot(state, message.snapshot, nowMs);
    case 'hearing_changed':
      return { ...state, hearing: message.hearing };
    case 'participant_changed':
      return withParticipant(state, message.participant);
    case 'participant_hidden':
      return withoutParticipant(state, message.participant);
    case 'permissions_changed':
      return { ...state, permissions: new Set(message.permissions), mayPublish: message.may_publish };
    case 'utterance_changed':
      return withUtterance(state, message.utterance);
    case 'recording_changed':
      return { ...state, recording: message.recording, recordingAtMs: nowMs };
    case 'transcription_changed':
      return { ...state, transcription: message.transcription };
    case 'composite_changed':
      return { ...state, composite: message.composite };
    case 'unmute_asked':
      return { ...state, unmuteAsked: true };
    case 'caption_partial': {
      const { utterance, participant, text } = message;
      return { ...state, partials: including(state.partials, participant, { utterance, participant, text, atMs: nowMs }) };
    }
    case 'speaking':
      return { ...state, speaking: message.participants };
    case 'editing_changed':
      return {
        ...state,
        editing:
          message.utterance === null
            ? without(state.editing, message.participant)
            : including(state.editing, message.participant, message.utterance),
      };
    case 'goodbye':
      return { ...state, goodbye: message };
    case 'accepted':
    case 'error':
    case 'pong':
    case 'publish_answer':
    case 'subscribe_offer':
    case 'media_lost':
      return state; // for the acts and the media, not for the screens
    default: {
      const unknown: never = message;
      return unknown;
    }
  }
}

/** A model is loaded and nothing has failed; before the opening recognition is ready, but off. */
export function recognitionReady(view: TranscriptionView | null): boolean {
  return view !== null && view.model !== '' && !['loading', 'failed', 'deferred'].includes(view.state);
}

/** The participant answered the bench's request, or it no longer matters. */
export function unmuteAnswered(state: CourtState): CourtState {
  return { ...state, unmuteAsked: false };
}

/** Lines from the HTTP API, put before or between those already known. */
export function withEarlier(state: CourtState, earlier: readonly UtteranceView[]): CourtState {
  const known = new Set(state.utterances.map((utterance) => utterance.utterance));
  const fresh = earlier.filter((utterance) => !known.has(utterance.utterance));
  return { ...state, utterances: [...fresh, ...state.utterances].sort(byStart) };
}

function byStart(one: UtteranceView, other: UtteranceView): number {
  return one.start_ms - other.start_ms || (one.utterance < other.utterance ? -1 : 1);
}

function withSnapshot(state: CourtState, snapshot: Snapshot, nowMs: number): CourtState {
  return {
    ...state,
    hearing: snapshot.hearing,
    participants: new Map(snapshot.participants.map((person) => [person.participant, person])),
    utterances: [...snapshot.utterances].sort(byStart),
    utteranceCount: snapshot.utterance_count,
    recording: snapshot.recording,
    recordingAtMs: nowMs,
    transcription: snapshot.transcription,
    composite: snapshot.composite,
    speaking: [],
    partials: new Map(),
  };
}

function withParticipant(state: CourtState, person: ParticipantView): CourtState {
  const locked = person.participant === state.me && person.muted_by_court;
  return {
    ...state,
    participants: including(state.participants, person.participant, person),
    unmuteAsked: state.unmuteAsked && !locked,
  };
}

function withoutParticipant(state: CourtState, participant: string): CourtState {
  return {
    ...state,
    participants: without(state.participants, participant),
    partials: without(state.partials, participant),
    editing: without(state.editing, participant),
    speaking: state.speaking.filter((speaker) => speaker !== participant),
  };
}

function withUtterance(state: CourtState, utterance: UtteranceView): CourtState {
  const at = state.utterances.findIndex((known) => known.utterance === utterance.utterance);
  const spoken = [...state.partials].find(([, partial]) => partial.utterance === utterance.utterance);
  const partials = spoken === undefined ? state.partials : without(state.partials, spoken[0]);
  if (at >= 0) {
    const known = state.utterances[at];
    if (known !== undefined && known.revision > utterance.revision) return state;
    const utterances = [...state.utterances];
    utterances[at] = utterance;
    return { ...state, utterances, partials };
  }
  return { ...state, utterances: inserted(state.utterances, utterance), utteranceCount: state.utteranceCount + 1, partials };
}

/** A new line almost always belongs at the end; someone who spoke long may come before what was said meanwhile. */
function inserted(utterances: readonly UtteranceView[], utterance: UtteranceView): UtteranceView[] {
  const copy = [...utterances];
  let at = copy.length;
  for (let before = copy[at - 1]; before !== undefined && byStart(before, utterance) > 0; before = copy[at - 1]) at -= 1;
  copy.splice(at, 0, utterance);
  return copy;
}

function including<V>(map: ReadonlyMap<string, V>, key: string, value: V): ReadonlyMap<string, V> {
  return new Map(map).set(key, value);
}

function without<V>(map: ReadonlyMap<string, V>, key: string): ReadonlyMap<string, V> {
  if (!map.has(key)) return map;
  const copy = new Map(map);
  copy.delete(key);
  return copy;
}
