/** The network in three words, from one-second samples; slow to change, so that the word does not flicker. Pure. */
import type { ReportQuality } from '../protocol/messages.gen';

export type Quality = ReportQuality['quality'];

/** What one second of the connections showed. */
export interface QualitySample {
  /** Fraction of packets lost, 0 to 1. */
  loss: number;
  roundTripMs: number;
  receivedKbps: number;
  sentKbps: number;
  /** Pictures that stood still, counted in this second. */
  freezes: number;
}

const ORDER: readonly Quality[] = ['bad', 'weak', 'good'];
const SAMPLES_TO_WORSEN = 2;
const SAMPLES_TO_IMPROVE = 4;

export function qualityOf(sample: Pick<QualitySample, 'loss' | 'roundTripMs'>): Quality {
  if (sample.loss > 0.1 || sample.roundTripMs > 600) return 'bad';
  if (sample.loss > 0.03 || sample.roundTripMs > 300) return 'weak';
  return 'good';
}

export class SteadyQuality {
  current: Quality = 'good';
  private next: Quality = 'good';
  private count = 0;

  push(observed: Quality): Quality {
    if (observed !== this.next) {
      this.next = observed;
      this.count = 0;
    }
    this.count += 1;
    const worse = ORDER.indexOf(observed) < ORDER.indexOf(this.current);
    if (this.count >= (worse ? SAMPLES_TO_WORSEN : SAMPLES_TO_IMPROVE)) this.current = observed;
    return this.current;
  }
}

/** The summary of several samples that goes to the court as evidence. */
export function summary(quality: Quality, samples: readonly QualitySample[]): ReportQuality {
  const mean = (pick: (sample: QualitySample) => number): number =>
    samples.length === 0 ? 0 : samples.reduce((sum, sample) => sum + pick(sample), 0) / samples.length;
  return {
    type: 'report_quality',
    quality,
    round_trip_ms: Math.round(mean((sample) => sample.roundTripMs)),
    loss: Number(mean((sample) => sample.loss).toFixed(4)),
    received_kbps: Math.round(mean((sample) => sample.receivedKbps)),
    sent_kbps: Math.round(mean((sample) => sample.sentKbps)),
    freezes: samples.reduce((sum, sample) => sum + sample.freezes, 0),
  };
}
