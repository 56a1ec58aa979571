import { describe, expect, it } from 'vitest';
import type { HearingView, ParticipantView } from '../src/protocol/messages.gen';
import { hearsTheCourt } from '../src/session';
import { EMPTY, type CourtState } from '../src/store';

function standing(place: string, status: string, permissions = ['watch']): CourtState {
  return {
    ...EMPTY,
    me: 'me',
    permissions: new Set(permissions),
    hearing: { status } as HearingView,
    participants: new Map([['me', { participant: 'me', place } as ParticipantView]]),
  };
}

describe('asking to receive', () => {
  it('is never done from lobby or witness room, whatever the hearing does', () => {
    for (const status of ['lobby_open', 'ready', 'in_session', 'recess']) {
      expect(hearsTheCourt(standing('lobby', status))).toBe(false);
      expect(hearsTheCourt(standing('witness_room', status))).toBe(false);
    }
  });

  it('is done in the courtroom while it is open, in the gallery only in session', () => {
    expect(hearsTheCourt(standing('courtroom', 'lobby_open'))).toBe(true);
    expect(hearsTheCourt(standing('courtroom', 'closed'))).toBe(false);
    expect(hearsTheCourt(standing('courtroom', 'deliberation'))).toBe(false);
    expect(hearsTheCourt(standing('gallery', 'in_session'))).toBe(true);
    expect(hearsTheCourt(standing('gallery', 'recess'))).toBe(false);
    expect(hearsTheCourt(standing('gallery', 'in_session', []))).toBe(false);
  });
});
