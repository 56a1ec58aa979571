// A camera whose picture is a clock: sixteen bars, black or white, are the low bits of the time in milliseconds.
(() => {
  const WIDTH = 640, HEIGHT = 480, BITS = 16, FRAMES_S = 30;
  const canvas = document.createElement('canvas');
  canvas.width = WIDTH;
  canvas.height = HEIGHT;
  const context = canvas.getContext('2d');
  const draw = () => {
    const now = Math.floor(performance.timeOrigin + performance.now());
    for (let bit = 0; bit < BITS; bit += 1) {
      context.fillStyle = (now >> bit) & 1 ? '#fff' : '#000';
      context.fillRect((bit * WIDTH) / BITS, 0, WIDTH / BITS, HEIGHT);
    }
  };
  draw();
  setInterval(draw, 1000 / FRAMES_S);
  const devices = navigator.mediaDevices;
  const ask = devices.getUserMedia.bind(devices);
  devices.getUserMedia = async (wanted) => {
    const tracks = wanted.video ? canvas.captureStream(FRAMES_S).getVideoTracks() : [];
    if (wanted.audio) tracks.push(...(await ask({ audio: wanted.audio })).getAudioTracks());
    return new MediaStream(tracks);
  };
})();
