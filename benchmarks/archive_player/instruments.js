// What a page of the player can tell of itself. Evaluated in the page; times are of performance.now(), in milliseconds.

/** Whether every picture shows the moment `positionS`, to a frame, and none is still looking for it. */
const arrived = (positionS, toleranceS) => {
  const pictures = [...document.querySelectorAll('figure.tile video')];
  return pictures.length > 0 && pictures.every((video) =>
    !video.seeking && video.readyState >= 2 && Math.abs(video.currentTime - positionS) < toleranceS);
};

/** When the first picture was really drawn. */
function firstPicture() {
  return new Promise((resolve) => {
    const watched = new Set();
    const look = () => {
      for (const video of document.querySelectorAll('figure.tile video')) {
        if (watched.has(video)) continue;
        watched.add(video);
        video.requestVideoFrameCallback((now, frame) => resolve(frame.expectedDisplayTime ?? now));
      }
      requestAnimationFrame(look);
    };
    look();
  });
}

/** Moves the slider as a hand does, and waits until all pictures show the new moment; milliseconds. */
async function seek(positionS) {
  const slider = document.querySelector('input[type=range]');
  const began = performance.now();
  slider.value = String(positionS);
  slider.dispatchEvent(new Event('input', { bubbles: true }));
  while (!arrived(positionS, 0.08)) {
    if (performance.now() - began > 20000) throw new Error(`no picture at ${positionS}`);
    await new Promise((drawn) => requestAnimationFrame(drawn));
  }
  return performance.now() - began;
}

/** How far each element that plays is from the player's clock, sampled for `forMs`; milliseconds, ahead is positive. */
async function distances(forMs) {
  const until = performance.now() + forMs;
  const found = { video: [], audio: [], between: [] };
  while (performance.now() < until) {
    await new Promise((passed) => setTimeout(passed, 200));
    const playing = [...document.querySelectorAll('video, audio')].filter((one) => !one.paused && one.dataset.aheadMs !== undefined);
    for (const one of playing) found[one.localName].push(Number(one.dataset.aheadMs));
    const at = playing.map((one) => one.currentTime * 1000);
    if (at.length > 1) found.between.push(Math.max(...at) - Math.min(...at));
  }
  return found;
}

/**
 * When each picture turns bright and each voice begins to sound, for `forMs`: what eyes and ears get, not what the elements say.
 * Sound is taken from the elements' own output in blocks of 128 samples; pictures when they are put on the screen.
 */
async function flashesAndBeeps(
  forMs,
  pictures = [...document.querySelectorAll('figure.tile video')],
  voices = [...document.querySelectorAll('audio')],
) {
  const flashes = pictures.map(() => []);
  const beeps = voices.map(() => []);
  const end = performance.now() + forMs;
  const canvas = Object.assign(document.createElement('canvas'), { width: 8, height: 8 });
  const pen = canvas.getContext('2d', { willReadFrequently: true });
  pictures.forEach((video, number) => {
    let bright = false;
    const drawn = (now, frame) => {
      pen.drawImage(video, 0, 0, 8, 8);
      const is = pen.getImageData(4, 4, 1, 1).data[0] > 170;
      if (is && !bright) flashes[number].push(frame.expectedDisplayTime);
      bright = is;
      if (performance.now() < end) video.requestVideoFrameCallback(drawn);
    };
    video.requestVideoFrameCallback(drawn);
  });
  const context = (window.listening ??= new AudioContext({ latencyHint: 'interactive' }));
  if (window.onsetKnown === undefined) {
    window.onsetKnown = true;
    const code = `registerProcessor('onset', class extends AudioWorkletProcessor {
      process([input]) {
        const block = input[0];
        if (block === undefined) return true;
        const at = block.findIndex((sample) => Math.abs(sample) > 0.05);
        if (at !== -1) {
          const now = currentTime + at / sampleRate;
          if (now - (this.last ?? -9) > 0.5) this.port.postMessage(now);
          this.last = now;
        }
        return true;
      }
    });`;
    await context.audioWorklet.addModule(URL.createObjectURL(new Blob([code], { type: 'text/javascript' })));
  }
  voices.forEach((voice, number) => {
    if (voice.onset === undefined) {
      voice.onset = new AudioWorkletNode(context, 'onset');
      context.createMediaElementSource(voice).connect(voice.onset);
      voice.onset.connect(context.destination);
    }
    // By the context's clock as it stands now: on a busy machine it falls behind the page's.
    voice.onset.port.onmessage = ({ data }) => {
      const stamp = context.getOutputTimestamp();
      beeps[number].push((data - stamp.contextTime) * 1000 + stamp.performanceTime);
    };
  });
  await context.resume();
  await new Promise((passed) => setTimeout(passed, forMs));
  return { flashes, beeps };
}

/**
 * The same with an ordinary file of one picture and one voice that the browser itself keeps together: what the instruments add.
 * `data` is WebM in Base64.
 */
async function ordinaryFile(data, forMs) {
  const figure = document.createElement('figure');
  figure.className = 'plain';
  figure.style.cssText = 'position:fixed;right:0;bottom:0;width:160px;height:90px;z-index:99';
  const video = document.createElement('video');
  video.src = URL.createObjectURL(new Blob([Uint8Array.from(atob(data), (one) => one.charCodeAt(0))], { type: 'video/webm' }));
  figure.append(video);
  document.body.append(figure);
  await video.play();
  const sensed = await flashesAndBeeps(forMs, [video], [video]);
  figure.remove();
  return sensed;
}

window.player = { ordinaryFile, firstPicture, seek, distances, flashesAndBeeps };
