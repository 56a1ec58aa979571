// Notes when what happened on the way to the first picture, and reads the clock in each picture. Changes nothing of what the page does.
(() => {
  const BITS = 16, ROW = 8;
  const measured = (window.measured = { marks: [], delays: [], reading: false });
  const note = (what, at = performance.now()) => measured.marks.push([what, at]);
  addEventListener('click', () => { measured.marks = []; note('click'); }, true);

  const NativeSocket = WebSocket;
  window.WebSocket = class extends NativeSocket {
    send(data) {
      if (String(data).includes('subscribe')) note('asked'); // both servers are asked for the others' media with this word
      super.send(data);
    }
  };

  const canvas = document.createElement('canvas');
  canvas.width = BITS * ROW;
  canvas.height = ROW;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  const read = (video) => {
    context.drawImage(video, 0, 0, canvas.width, canvas.height);
    const { data } = context.getImageData(0, ROW / 2, canvas.width, 1);
    let clock = 0;
    for (let bit = 0; bit < BITS; bit += 1) clock |= (data[4 * (bit * ROW + ROW / 2)] > 127 ? 1 : 0) << bit;
    return clock;
  };

  const watch = (track) => {
    const video = document.createElement('video');
    video.muted = video.autoplay = true;
    video.style.cssText = 'position:fixed;right:0;bottom:0;width:16px;height:12px;z-index:9999';
    video.srcObject = new MediaStream([track]);
    document.body.append(video);
    const shown = (now, about) => {
      if (!measured.marks.some(([what]) => what === 'shown')) {
        note('received', about.receiveTime ?? now);
        note('shown');
      }
      if (measured.reading) {
        const at = Math.floor(performance.timeOrigin + performance.now());
        measured.delays.push((at - read(video)) & 0xffff);
      }
      video.requestVideoFrameCallback(shown);
    };
    video.requestVideoFrameCallback(shown);
  };

  const NativeConnection = RTCPeerConnection;
  window.RTCPeerConnection = class extends NativeConnection {
    constructor(...given) {
      super(...given);
      this.addEventListener('track', ({ track }) => track.kind === 'video' && watch(track));
      this.addEventListener('iceconnectionstatechange', () => this.receives && note(`ice ${this.iceConnectionState}`));
      this.addEventListener('connectionstatechange', () => this.receives && note(`transport ${this.connectionState}`));
    }

    async setRemoteDescription(description) {
      if (description.type === 'offer') {
        this.receives = true;
        note('offered');
      }
      await super.setRemoteDescription(description);
    }

    async setLocalDescription(description) {
      await super.setLocalDescription(description);
      if (this.receives) note('answered');
    }
  };
})();
