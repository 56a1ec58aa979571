/** Loudness of a microphone, measured here in the browser. */
const EVERY_MS = 100;
/** A quiet room stays below, a voice at arm's length is well above; root mean square of full scale. */
export const VOICE_LEVEL = 0.012;
export const QUIET_LEVEL = 0.004;

/** Calls `onLevel` with the root mean square, 0 to 1, ten times a second; returns the function that stops it. */
export function meter(track: MediaStreamTrack, onLevel: (level: number) => void): () => void {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  void context.resume();
  const timer = window.setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    let sum = 0;
    for (const sample of samples) sum += sample * sample;
    onLevel(Math.sqrt(sum / samples.length));
  }, EVERY_MS);
  return () => {
    window.clearInterval(timer);
    void context.close();
  };
}

/** 叮咚: two soft tones that test the speaker and announce a call. Resolves when they have sounded. */
export function chime(): Promise<void> {
  const context = new AudioContext();
  const start = context.currentTime + 0.05;
  [880, 659].forEach((frequency, at) => {
    const tone = context.createOscillator();
    const volume = context.createGain();
    const begins = start + at * 0.35;
    tone.frequency.value = frequency;
    volume.gain.setValueAtTime(0.0001, begins);
    volume.gain.exponentialRampToValueAtTime(0.35, begins + 0.03);
    volume.gain.exponentialRampToValueAtTime(0.0001, begins + 0.6);
    tone.connect(volume).connect(context.destination);
    tone.start(begins);
    tone.stop(begins + 0.65);
  });
  return new Promise((resolve) => {
    window.setTimeout(() => {
      void context.close();
      resolve();
    }, 1200);
  });
}
