/** What the device check found out, in the words of `report_devices`. */
import { deviceState, localTracks, type CapturedKind } from '../../media/devices';
import type { ReportDevices } from '../../protocol/messages.gen';

export type Finding = ReportDevices['camera'];

export interface Checks {
  /** A voice was measured, not only a device opened. */
  voiceHeard: boolean;
  speaker: Finding;
}

export const newChecks = (): Checks => ({ voiceHeard: false, speaker: 'untested' });

function finding(kind: CapturedKind, works: boolean): Finding {
  if (works) return 'works';
  const fault = deviceState[kind].fault;
  if (fault === null) return 'untested';
  return fault === 'refused' ? 'refused' : 'missing';
}

export function report(checks: Checks): Pick<ReportDevices, 'camera' | 'microphone' | 'speaker'> {
  return {
    camera: finding('camera', localTracks.camera !== null),
    microphone: finding('microphone', checks.voiceHeard),
    speaker: checks.speaker,
  };
}
