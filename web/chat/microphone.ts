/** The microphone: asked for once, changed and muted without asking again, and seen to give sound. */
import type { ConnectionTools } from "../connection/connection.ts";

export interface Microphone {
  /** There while the microphone is in use. */
  readonly track: MediaStreamTrack | undefined;
  /** Begins to listen, with the device chosen or the system's own. Rejects in words. */
  open(deviceId?: string): Promise<MediaStreamTrack>;
  close(): void;
  /** A muted microphone stays open and gives silence. */
  mute(muted: boolean): void;
}

export interface MicrophoneArgs extends Pick<ConnectionTools, "microphoneFault"> {
  /** Shows how loud it is, 0 to 1. */
  readonly meter: HTMLMeterElement;
  /** Called once when not the least sound has come for a while, and with `false` when it comes again. */
  readonly silent: (silent: boolean) => void;
  /** The device in use was unplugged, or the permission was taken back. */
  readonly gone: () => void;
}

export function microphone({ microphoneFault, meter, silent, gone }: MicrophoneArgs): Microphone {
  const again = "tick the box again, or type";
  const lookEveryMs = 100;
  /** A live microphone is never wholly silent: this many looks without one sample are a dead device or a switch on it. */
  const deadLooks = 50;
  let track: MediaStreamTrack | undefined;
  let context: AudioContext | undefined;
  let watching: ReturnType<typeof setInterval> | undefined;
  let muted = false;

  function watch(stream: MediaStream): void {
    context = new AudioContext();
    const analyser = context.createAnalyser();
    context.createMediaStreamSource(stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    let quietLooks = 0;
    watching = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      const loudness = Math.sqrt(samples.reduce((sum, each) => sum + each * each, 0) / samples.length);
      // Speech lies some 10 to 40 dB below full scale; the root spreads that over the meter.
      meter.value = Math.min(1, Math.sqrt(loudness * 4));
      const wasDead = quietLooks >= deadLooks;
      // A clock that stands still hears nothing either.
      if (loudness > 0 || muted || context?.state !== "running") quietLooks = 0;
      else quietLooks++;
      if (quietLooks >= deadLooks !== wasDead) silent(!wasDead);
    }, lookEveryMs);
  }

  function close(): void {
    clearInterval(watching);
    void context?.close();
    track?.stop();
    track = context = undefined;
    meter.value = 0;
  }

  return {
    get track() {
      return track;
    },
    async open(deviceId) {
      const device = deviceId ? { deviceId: { exact: deviceId } } : {};
      const stream = await Promise.resolve()
        .then(() => navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true, ...device } }))
        .catch((error: unknown) => {
          throw new Error(microphoneFault(error, again), { cause: "microphone" });
        });
      close();
      const [fresh] = stream.getAudioTracks();
      if (!fresh) throw new Error(microphoneFault(new DOMException("", "NotFoundError"), again), { cause: "microphone" });
      fresh.enabled = !muted;
      fresh.onended = () => {
        if (track === fresh) gone();
      };
      track = fresh;
      watch(stream);
      return fresh;
    },
    close,
    mute(next) {
      muted = next;
      if (track) track.enabled = !muted;
    },
  };
}
