/** Sound in and out of the page: 24 kHz mono PCM16, as the line carries it. */

const rate = 24_000;
/** How far behind the line the loudspeaker plays, so that a late piece leaves no hole. */
const behindSeconds = 0.1;

export class Loudspeaker {
  #context;
  #endsAt = 0;

  open() {
    this.#context ??= new AudioContext({ sampleRate: rate });
    this.#context.resume();
  }

  /** Plays after what was played before. */
  play(pcm) {
    this.open();
    const buffer = this.#context.createBuffer(1, pcm.length, rate);
    const samples = buffer.getChannelData(0);
    for (let at = 0; at < pcm.length; at++) samples[at] = pcm[at] / 32_768;
    const source = this.#context.createBufferSource();
    source.buffer = buffer;
    source.connect(this.#context.destination);
    if (this.#endsAt < this.#context.currentTime) this.#endsAt = this.#context.currentTime + behindSeconds;
    source.start(this.#endsAt);
    this.#endsAt += buffer.duration;
  }

  stop() {
    this.#context?.close();
    this.#context = undefined;
    this.#endsAt = 0;
  }
}

const refusals = {
  NotAllowedError: "The browser does not let this page use the microphone. Allow it beside the address, then tick the box again.",
  NotFoundError: "No microphone was found. Connect one, or type what to say.",
  NotReadableError: "Another program uses the microphone. Close it there, then tick the box again.",
};

export class Microphone {
  #context;
  #stream;
  #heard;

  /** `heard` is given pieces of sound as buffers of little-endian PCM16. */
  constructor(heard) {
    this.#heard = heard;
  }

  /** Undefined when it listens, otherwise why it does not and what to do. */
  async open() {
    if (!navigator.mediaDevices?.getUserMedia)
      return "Browsers give pages the microphone only on https or localhost. Open this page at http://localhost.";
    try {
      this.#stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true } });
      this.#context = new AudioContext({ sampleRate: rate });
      await this.#context.audioWorklet.addModule("/phone/microphone.js");
      const node = new AudioWorkletNode(this.#context, "microphone");
      node.port.onmessage = ({ data }) => this.#heard(data);
      this.#context.createMediaStreamSource(this.#stream).connect(node);
      return undefined;
    } catch (error) {
      this.close();
      return refusals[error.name] ?? `The microphone could not be opened (${error.name}). You can type what to say.`;
    }
  }

  close() {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#context?.close();
    this.#stream = undefined;
    this.#context = undefined;
  }
}
