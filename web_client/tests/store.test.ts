import { describe, expect, it } from 'vitest';
import type { HearingView, ParticipantView, ServerMessage, Snapshot, UtteranceView, Welcome } from '../src/protocol/messages.gen';
import { apply, EMPTY, recognitionReady, withEarlier, type CourtState } from '../src/store';

const NOW = 1_000_000;

function person(participant: string, more: Partial<ParticipantView> = {}): ParticipantView {
  return {
    participant,
    name: participant,
    role: 'party',
    side: 'plaintiff',
    place: 'courtroom',
    presence: 'present',
    connection: 'connected',
    microphone: true,
    camera: true,
    screen: false,
    muted_by_court: false,
    camera_locked: false,
    share_allowed: false,
    hand_raised_at_ms: null,
    seat: 1,
    ...more,
  };
}

function line(utterance: string, start_ms: number, more: Partial<UtteranceView> = {}): UtteranceView {
  return {
    utterance,
    revision: 0,
    participant: 'a',
    text: utterance,
    words: [],
    start_ms,
    end_ms: start_ms + 100,
    status: 'asr',
    edited_by: null,
    ...more,
  };
}

const hearing: HearingView = {
  hearing: 'h',
  case_number: '1',
  case_title: 'title',
  court_name: 'court',
  courtroom: '',
  status: 'in_session',
  allowed_status: ['recess'],
  stage: null,
  stages: [],
  scheduled_at_ms: 0,
  opened_at_ms: null,
  opens_at_ms: null,
  resumes_at_ms: null,
  reason: '',
  help_phone: '12368',
};

const snapshot: Snapshot = {
  hearing,
  participants: [person('me'), person('a')],
  utterances: [line('u2', 200), line('u1', 100)],
  utterance_count: 7,
  recording: { state: 'recording', started_at_ms: 1, elapsed_ms: 5000, message: '' },
  transcription: { state: 'live', model: 'demo', demo_model: true, lag_ms: 0 },
  composite: { state: 'none', progress: 0, remaining_s: null },
};

const welcome: Welcome = {
  type: 'welcome',
  sequence: 3,
  resume: 'secret',
  resumed: false,
  participant: 'me',
  permissions: ['admit'],
  may_publish: ['microphone'],
  ice_servers: [],
  snapshot,
  server_time_ms: NOW + 250,
};

const inCourt: CourtState = apply(EMPTY, welcome, NOW);

describe('welcome', () => {
  it('replaces everything with the snapshot, lines in order of time', () => {
    expect(inCourt.me).toBe('me');
    expect(inCourt.permissions.has('admit')).toBe(true);
    expect(inCourt.utterances.map((utterance) => utterance.utterance)).toEqual(['u1', 'u2']);
    expect(inCourt.clockOffsetMs).toBe(250);
    expect(inCourt.recordingAtMs).toBe(NOW);
  });

  it('keeps what was known when the session was resumed without a snapshot', () => {
    const resumed = apply(inCourt, { ...welcome, resumed: true, snapshot: null }, NOW + 9000);
    expect(resumed.utterances).toBe(inCourt.utterances);
    expect(resumed.participants).toBe(inCourt.participants);
  });

  it('never changes the state it was given', () => {
    const before = JSON.stringify([...inCourt.participants]);
    apply(inCourt, { type: 'participant_changed', sequence: 4, participant: person('a', { microphone: false }) }, NOW);
    expect(JSON.stringify([...inCourt.participants])).toBe(before);
  });
});

describe('utterances', () => {
  it('replaces a line by its newer revision and leaves the others the same objects', () => {
    const next = apply(inCourt, { type: 'utterance_changed', sequence: 4, utterance: line('u1', 100, { revision: 1, text: 'new' }) }, NOW);
    expect(next.utterances[0]?.text).toBe('new');
    expect(next.utterances[1]).toBe(inCourt.utterances[1]);
    expect(next.utteranceCount).toBe(7);
  });

  it('ignores an older revision that comes late', () => {
    const newer = apply(inCourt, { type: 'utterance_changed', sequence: 4, utterance: line('u1', 100, { revision: 2, text: 'two' }) }, NOW);
    const late = apply(newer, { type: 'utterance_changed', sequence: 5, utterance: line('u1', 100, { revision: 1, text: 'one' }) }, NOW);
    expect(late.utterances[0]?.text).toBe('two');
  });

  it('puts a line that began earlier before those that were finished sooner', () => {
    const next = apply(inCourt, { type: 'utterance_changed', sequence: 4, utterance: line('u3', 150) }, NOW);
    expect(next.utterances.map((utterance) => utterance.utterance)).toEqual(['u1', 'u3', 'u2']);
    expect(next.utteranceCount).toBe(8);
  });

  it('ends the partial caption that became the line', () => {
    const speaking = apply(inCourt, { type: 'caption_partial', utterance: 'u9', participant: 'a', text: '现在' }, NOW);
    expect(speaking.partials.get('a')?.text).toBe('现在');
    const said = apply(speaking, { type: 'utterance_changed', sequence: 4, utterance: line('u9', 900) }, NOW);
    expect(said.partials.size).toBe(0);
  });

  it('adds earlier lines once', () => {
    const more = withEarlier(inCourt, [line('u0', 50), line('u1', 100)]);
    expect(more.utterances.map((utterance) => utterance.utterance)).toEqual(['u0', 'u1', 'u2']);
  });
});

describe('recognition', () => {
  it('is ready before the opening, though it is off', () => {
    const view = snapshot.transcription;
    expect(recognitionReady({ ...view, state: 'off' })).toBe(true);
    expect(recognitionReady({ ...view, state: 'off', model: '' })).toBe(false);
    expect(recognitionReady({ ...view, state: 'failed' })).toBe(false);
    expect(recognitionReady(null)).toBe(false);
  });
});

describe('participants', () => {
  it('forgets everything about somebody who is hidden', () => {
    const messages: ServerMessage[] = [
      { type: 'speaking', participants: ['a', 'me'] },
      { type: 'editing_changed', participant: 'a', utterance: 'u1' },
      { type: 'participant_hidden', sequence: 4, participant: 'a' },
    ];
    const busy = messages.reduce<CourtState>((state, message) => apply(state, message, NOW), inCourt);
    expect(busy.participants.has('a')).toBe(false);
    expect(busy.speaking).toEqual(['me']);
    expect(busy.editing.size).toBe(0);
  });

  it('withdraws the request to unmute when the microphone is locked', () => {
    const asked = apply(inCourt, { type: 'unmute_asked', sequence: 4 }, NOW);
    expect(asked.unmuteAsked).toBe(true);
    const locked = apply(asked, { type: 'participant_changed', sequence: 5, participant: person('me', { muted_by_court: true }) }, NOW);
    expect(locked.unmuteAsked).toBe(false);
  });
});
