/** Camera and microphone of this device: asked for only after a button, chosen by name, given back when done. */
import { reactive, shallowReactive } from 'vue';

export type DeviceFault = 'refused' | 'missing' | 'busy' | 'insecure' | 'webview';
export type CapturedKind = 'camera' | 'microphone';

export interface DeviceState {
  /** Being asked for. */
  opening: boolean;
  fault: DeviceFault | null;
  /** Chosen device; empty lets the browser choose. */
  chosen: string;
  /** The system took it away, as a telephone call does on phones. */
  interrupted: boolean;
}

const newState = (kind: CapturedKind): DeviceState => ({
  opening: false,
  fault: null,
  chosen: localStorage.getItem(`device-${kind}`) ?? '',
  interrupted: false,
});

export const deviceState = reactive({
  camera: newState('camera'),
  microphone: newState('microphone'),
  /** The person chose to take part with sound only. */
  soundOnly: false,
});

/** The open tracks; null when closed. */
export const localTracks = shallowReactive<Record<CapturedKind, MediaStreamTrack | null>>({
  camera: null,
  microphone: null,
});

export const deviceList = shallowReactive<Record<CapturedKind, MediaDeviceInfo[]>>({ camera: [], microphone: [] });

/** The browser's own processing is right everywhere but at a kiosk with a mixing desk. */
const SOUND: MediaTrackConstraints = {
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
  channelCount: 1,
};
const PICTURE: MediaTrackConstraints = {
  width: { ideal: 960 },
  height: { ideal: 540 },
  frameRate: { ideal: 24, max: 30 },
};

function constraints(kind: CapturedKind): MediaTrackConstraints {
  const chosen = deviceState[kind].chosen;
  return { ...(kind === 'camera' ? PICTURE : SOUND), ...(chosen !== '' && { deviceId: { ideal: chosen } }) };
}

export function faultOf(error: unknown): DeviceFault {
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'refused';
  if (name === 'NotReadableError' || name === 'AbortError') return 'busy';
  return 'missing';
}

function unusable(): DeviceFault | null {
  if (typeof navigator.mediaDevices?.getUserMedia === 'function') return null;
  return /MicroMessenger/i.test(navigator.userAgent) ? 'webview' : 'insecure';
}

/** Opens the kinds named; a fault of one never keeps the other closed. One question of the browser where possible. */
export async function openDevices(kinds: readonly CapturedKind[]): Promise<void> {
  const fault = unusable();
  for (const kind of kinds) Object.assign(deviceState[kind], { opening: fault === null, fault, interrupted: false });
  if (fault !== null) return;
  try {
    take(await navigator.mediaDevices.getUserMedia(request(kinds)));
  } catch (error) {
    const only = kinds[0];
    if (kinds.length > 1) for (const kind of kinds) await openDevices([kind]);
    else if (only !== undefined) deviceState[only].fault = faultOf(error);
  }
  for (const kind of kinds) deviceState[kind].opening = false;
  await listDevices();
}

function request(kinds: readonly CapturedKind[]): MediaStreamConstraints {
  return {
    audio: kinds.includes('microphone') && constraints('microphone'),
    video: kinds.includes('camera') && constraints('camera'),
  };
}

function take(stream: MediaStream): void {
  for (const track of stream.getTracks()) {
    const kind = track.kind === 'audio' ? 'microphone' : 'camera';
    closeDevice(kind);
    localTracks[kind] = track;
    const interrupted = (): void => {
      if (localTracks[kind] === track) deviceState[kind].interrupted = true;
    };
    track.addEventListener('ended', interrupted);
    track.addEventListener('mute', interrupted);
    track.addEventListener('unmute', () => {
      if (localTracks[kind] === track) deviceState[kind].interrupted = false;
    });
  }
}

export function closeDevice(kind: CapturedKind): void {
  localTracks[kind]?.stop();
  localTracks[kind] = null;
  deviceState[kind].interrupted = false;
}

/** Gives both devices back; their lights go out. */
export function closeDevices(): void {
  closeDevice('camera');
  closeDevice('microphone');
}

/** Another device of the same kind, from now on. An iPhone opens the new microphone only after the old one is closed. */
export async function chooseDevice(kind: CapturedKind, id: string): Promise<void> {
  deviceState[kind].chosen = id;
  localStorage.setItem(`device-${kind}`, id);
  if (localTracks[kind] === null) return;
  closeDevice(kind);
  await openDevices([kind]);
}

async function listDevices(): Promise<void> {
  const all = await navigator.mediaDevices.enumerateDevices();
  deviceList.camera = all.filter((device) => device.kind === 'videoinput');
  deviceList.microphone = all.filter((device) => device.kind === 'audioinput');
}

/** Keeps the list right while devices are plugged in and out; returns the function that stops it. */
export function watchDevices(): () => void {
  const listen = (): void => void listDevices();
  navigator.mediaDevices?.addEventListener('devicechange', listen);
  return () => navigator.mediaDevices?.removeEventListener('devicechange', listen);
}

/** Forgets choices and faults, as a kiosk must between two people. */
export function forgetDevices(): void {
  closeDevices();
  for (const kind of ['camera', 'microphone'] as const) {
    localStorage.removeItem(`device-${kind}`);
    Object.assign(deviceState[kind], newState(kind));
  }
  deviceState.soundOnly = false;
}
