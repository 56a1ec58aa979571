/**
 * One visit to a hearing: the socket, the acts, the state, and this participant's media, tied together. Views read its refs
 * and call its functions; none of them touches the socket or a connection.
 */
import { computed, inject, ref, shallowRef, watch, type InjectionKey } from 'vue';
import { language, t } from './i18n';
import type { RemoteTracks } from './media/downlink';
import { closeDevice, closeDevices, deviceState, localTracks, openDevices } from './media/devices';
import { endShare, screenTrack, shareScreen } from './media/screen';
import { Peer, type Recovery } from './media/peer';
import type { Quality } from './media/quality';
import { ActRefused, Acts, type Act } from './net/acts';
import { Signal, type SignalState } from './net/signal';
import type { Seat } from './protocol/api.gen';
import type { Error as Refusal, ServerMessage } from './protocol/messages.gen';
import { keepResume, keptResume } from './seats';
import { apply, EMPTY, unmuteAnswered, withEarlier, type CourtState } from './store';

export class HearingSession {
  readonly state = shallowRef<CourtState>(EMPTY);
  readonly connection = ref<SignalState>('connecting');
  /** Local time since which the socket is lost; null while it is open. */
  readonly lostSinceMs = ref<number | null>(null);
  /** A refusal after which the server closed for good. */
  readonly refusal = shallowRef<Refusal | null>(null);
  readonly remoteTracks = shallowRef<RemoteTracks>(new Map());
  readonly quality = ref<Quality>('good');
  readonly recovery = ref<Recovery>('none');
  /** What this participant switched on; the court may have locked the microphone nevertheless. */
  readonly microphoneOn = ref(true);
  readonly cameraOn = ref(true);
  /** Past the device check and the rules. */
  readonly entered = ref(false);
  /** The notice that the bench locked the microphone was seen; pressing the locked button shows it again. */
  readonly lockExplained = ref(false);
  /** The last act that failed, as a sentence; views show it until it is dismissed. */
  readonly notice = ref('');

  readonly me = computed(() => {
    const { me, participants } = this.state.value;
    return me === null ? null : (participants.get(me) ?? null);
  });
  readonly locked = computed(() => this.me.value?.muted_by_court ?? false);
  readonly cameraLocked = computed(() => this.me.value?.camera_locked ?? false);
  /** Whether the court lets this participant show a screen now. */
  readonly mayShare = computed(() => this.state.value.mayPublish.includes('screen'));

  private readonly signal: Signal;
  private readonly acts: Acts;
  private readonly peer: Peer;
  private readonly unwatch: (() => void)[];

  constructor(
    readonly seat: Seat,
    takeOver: boolean,
  ) {
    this.peer = new Peer({
      send: (message) => this.signal.send(message),
      onTracks: (tracks) => (this.remoteTracks.value = tracks),
      onQuality: (quality) => (this.quality.value = quality),
      onRecovery: (recovery) => (this.recovery.value = recovery),
      onDoubt: () => this.signal.probe(),
      socketHeardAt: () => this.signal.heardAt,
    });
    this.signal = new Signal({
      url: `${location.origin.replace(/^http/, 'ws')}/ws`,
      token: seat.session_token,
      language: language.value,
      takeOver,
      resume: keptResume(seat.hearing),
      onResume: (secret) => keepResume(seat.hearing, secret),
      onState: (state) => this.connectionChanged(state),
      onMessage: (message) => this.hear(message),
    });
    this.acts = new Acts(
      (message) => this.signal.send(message),
      () => this.signal.state === 'open',
    );
    this.unwatch = this.watchMedia();
    window.addEventListener('pagehide', this.pageGoes);
    this.signal.start();
  }

  /** Whether this participant may do `act`, by the permissions the server sent. */
  may(act: string): boolean {
    return this.state.value.permissions.has(act);
  }

  /** Whether the hearing can go to `status` next, whoever may do it. */
  canBecome(status: string): boolean {
    return this.state.value.hearing?.allowed_status.includes(status) ?? false;
  }

  /** Carries out an act; rejects with `ActRefused`. */
  perform(act: Act): Promise<void> {
    return this.acts.perform(act);
  }

  /** Carries out an act and turns a refusal into the notice on screen. Returns whether it was carried out. */
  async attempt(act: Act): Promise<boolean> {
    this.notice.value = '';
    try {
      await this.perform(act);
      return true;
    } catch (error) {
      this.notice.value = refusalSentence(error);
      return false;
    }
  }

  /** Says which line this clerk has open. Not an act: nobody waits for it. */
  tellEditing(utterance: string | null): void {
    this.signal.send({ type: 'editing_utterance', utterance });
  }

  addEarlier(utterances: Parameters<typeof withEarlier>[1]): void {
    this.state.value = withEarlier(this.state.value, utterances);
  }

  /** The device check is done: send and receive what the court allows. */
  enter(): void {
    this.entered.value = true;
    this.cameraOn.value = localTracks.camera !== null;
    this.followTheCourt();
    this.tellMedia();
  }

  /** The hearing is over: nothing is sent or received any more, and the devices are given back. */
  finish(): void {
    this.entered.value = false;
    this.peer.allow([]);
    this.peer.receive(false);
    endShare();
    closeDevices();
  }

  setMicrophone(on: boolean): void {
    this.microphoneOn.value = on;
    this.state.value = unmuteAnswered(this.state.value);
    if (on && (localTracks.microphone === null || deviceState.microphone.interrupted)) void openDevices(['microphone']);
    this.tellMedia();
  }

  /** Off gives the camera back, so that its light goes out. */
  setCamera(on: boolean): void {
    this.cameraOn.value = on;
    if (on) void openDevices(['camera']);
    else closeDevice('camera');
    this.tellMedia();
  }

  /** The browser asks what to show; what is shown ends with the court's leave. */
  async startShare(): Promise<void> {
    if ((await shareScreen()) && !this.mayShare.value) endShare();
  }

  stopShare(): void {
    endShare();
  }

  declineToUnmute(): void {
    this.state.value = unmuteAnswered(this.state.value);
  }

  /** Ends the visit and gives the devices back. */
  close(): void {
    for (const stop of this.unwatch) stop();
    window.removeEventListener('pagehide', this.pageGoes);
    this.peer.close();
    this.signal.stop();
    endShare();
    closeDevices();
  }

  /** The browser itself says goodbye on the socket, but not on the media, which others would see standing still for 20 s. */
  private readonly pageGoes = (event: PageTransitionEvent): void => {
    if (!event.persisted) this.peer.close();
  };

  private watchMedia(): (() => void)[] {
    const sends = () => this.microphoneOn.value && !this.locked.value;
    return [
      watch([() => localTracks.microphone, sends], ([track, on]) => {
        if (track !== null) track.enabled = on;
        this.peer.capture('microphone', track);
      }, { immediate: true, flush: 'sync' }),
      watch(() => localTracks.camera, (track) => {
        this.peer.capture('camera', track);
        if (this.entered.value) this.tellMedia();
      }, { immediate: true, flush: 'sync' }),
      watch(screenTrack, (track) => {
        this.peer.capture('screen', track);
        if (this.entered.value) this.tellMedia();
      }, { flush: 'sync' }),
      watch(this.mayShare, (may) => may || endShare()),
      watch(this.cameraLocked, (locked) => locked && this.setCamera(false)),
      watch([() => this.state.value.mayPublish, () => hearsTheCourt(this.state.value)], ([sources], [before]) => {
        if (!this.entered.value) return;
        this.followTheCourt();
        if (sources !== before) this.tellMedia();
      }),
      watch(() => localTracks.microphone, () => {
        if (this.entered.value) this.tellMedia();
      }),
    ];
  }

  private tellMedia(): void {
    if (this.state.value.mayPublish.length === 0) return;
    this.signal.send({
      type: 'set_media',
      microphone: this.microphoneOn.value && localTracks.microphone !== null,
      camera: this.cameraOn.value && localTracks.camera !== null,
      screen: screenTrack.value !== null,
    });
  }

  private connectionChanged(state: SignalState): void {
    this.connection.value = state;
    if (state === 'lost') {
      this.lostSinceMs.value ??= Date.now();
      this.acts.connectionLost();
    } else if (state === 'open') this.lostSinceMs.value = null;
    this.peer.socketChanged(state === 'open');
  }

  private hear(message: ServerMessage): void {
    this.state.value = apply(this.state.value, message, Date.now());
    this.acts.hear(message);
    this.peer.hear(message);
    if (message.type === 'error' && message.fatal) this.refusal.value = message;
    else if (message.type === 'welcome' && !message.resumed && this.entered.value) {
      this.followTheCourt();
      this.tellMedia();
    }
  }

  private followTheCourt(): void {
    this.peer.allow(this.state.value.mayPublish);
    this.peer.receive(hearsTheCourt(this.state.value));
  }
}

const WAITING_PLACES = new Set(['lobby', 'witness_room']);
const GALLERY_RECEIVES = new Set(['in_session', 'closed_session', 'interrupted']);
const COURT_IS_OPEN = new Set(['lobby_open', 'ready', 'in_session', 'closed_session', 'recess', 'interrupted']);

/** Whether the place and the status are ones in which somebody sees and hears the hearing. The server decides; this only
 * keeps the client from asking where the answer is known. */
export function hearsTheCourt(state: CourtState): boolean {
  const me = state.me === null ? undefined : state.participants.get(state.me);
  const status = state.hearing?.status ?? '';
  if (me === undefined || !state.permissions.has('watch') || WAITING_PLACES.has(me.place)) return false;
  return me.place === 'gallery' ? GALLERY_RECEIVES.has(status) : COURT_IS_OPEN.has(status);
}

/** What to tell a person when an act was refused. */
export function refusalSentence(error: unknown): string {
  if (!(error instanceof ActRefused)) throw error;
  return error.code === 'uncertain' ? t('act_uncertain') : error.message;
}

export const SESSION: InjectionKey<HearingSession> = Symbol('hearing session');

/** The visit that the surrounding screen belongs to. */
export function useSession(): HearingSession {
  const session = inject(SESSION);
  if (session === undefined) throw new Error('this view is shown only inside a hearing');
  return session;
}
