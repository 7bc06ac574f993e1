// Read a QR code with the camera. Fetched when somebody asks for it; pictures stay in the page.
import decodeQR from 'qr/decode.js';

const side = 960; // the longer one of what is looked at: a card held into view has 5 px a module

// The text of the first code that comes into view. Rejects where the camera may not be used, and
// when `signal` says stop; the camera is off afterwards, however it ends.
export async function scan(video, signal) {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { facingMode: 'environment', width: { ideal: 1280 }, height: { ideal: 720 } } });
  const canvas = document.createElement('canvas');
  const pen = canvas.getContext('2d', { willReadFrequently: true });
  try {
    signal.throwIfAborted();
    video.srcObject = stream;
    video.muted = true;
    await video.play();
    for (;;) {
      const scale = Math.min(1, side / Math.max(video.videoWidth, video.videoHeight, 1));
      canvas.width = Math.round(video.videoWidth * scale);
      canvas.height = Math.round(video.videoHeight * scale);
      if (canvas.width > 0) {
        pen.drawImage(video, 0, 0, canvas.width, canvas.height);
        try {
          return decodeQR(pen.getImageData(0, 0, canvas.width, canvas.height));
        } catch {
          // no code in this picture
        }
      }
      await new Promise((go) => requestAnimationFrame(go));
      signal.throwIfAborted();
    }
  } finally {
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
    canvas.width = canvas.height = 0;
  }
}
