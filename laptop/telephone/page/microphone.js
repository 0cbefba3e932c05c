/** Runs in the browser's audio thread: collects 20 ms of the microphone and hands them on as PCM16. */

const frameSamples = 480;

class MicrophoneProcessor extends AudioWorkletProcessor {
  #frame = new Int16Array(frameSamples);
  #filled = 0;

  process([input]) {
    for (const sample of input[0] ?? []) {
      this.#frame[this.#filled++] = Math.max(-1, Math.min(1, sample)) * 32_767;
      if (this.#filled < frameSamples) continue;
      this.port.postMessage(this.#frame.buffer, [this.#frame.buffer]);
      this.#frame = new Int16Array(frameSamples);
      this.#filled = 0;
    }
    return true;
  }
}

registerProcessor("microphone", MicrophoneProcessor);
