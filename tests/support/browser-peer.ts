/** What a browser does in a WebRTC call: an offer, a microphone, a speaker and the data channel. */
import OpusScript from "opusscript";
import { MediaStreamTrack, RTCPeerConnection, RtpHeader, RtpPacket, useOPUS } from "werift";
import { bytesFromPcm, pcmFromBytes, resample } from "../../laptop/voice/sound.ts";
import type { Voice } from "../../laptop/voice/voice.ts";

const frameMs = 20;
const frameSamples = 960;

export class BrowserPeer {
  /** Types of the events that came over the data channel, in order. */
  readonly events: string[] = [];
  readonly #voice: Voice;
  // Without a server of its own werift asks somebody else's; nothing listens at this one, and nothing waits for it.
  readonly #connection = new RTCPeerConnection({
    codecs: { audio: [useOPUS()] },
    iceServers: [{ urls: "stun:127.0.0.1:9" }],
    iceStunGatherTimeout: 0.001,
    iceAdditionalHostAddresses: ["127.0.0.1"],
  });
  readonly #microphone = new MediaStreamTrack({ kind: "audio" });
  readonly #encoder = new OpusScript(48_000, 1, OpusScript.Application.AUDIO);
  readonly #decoder = new OpusScript(48_000, 1, OpusScript.Application.AUDIO);
  readonly #opened: Promise<void>;
  #wake: (words: string[]) => void = () => {};
  #words: string[] = [];
  #sequence = 0;

  constructor(voice: Voice) {
    this.#voice = voice;
    const ear = voice.ear();
    this.#connection.addTransceiver(this.#microphone, { direction: "sendrecv" });
    this.#connection.onTrack.subscribe((track) =>
      track.onReceiveRtp.subscribe(({ payload }) => {
        this.#words.push(...ear.hear(resample(pcmFromBytes(this.#decoder.decode(payload)), 48_000, 24_000)));
        if (this.#words.length > 0) this.#wake(this.#words);
      }),
    );
    const channel = this.#connection.createDataChannel("oai-events");
    channel.onMessage.subscribe((message) => this.events.push((JSON.parse(message.toString()) as { type: string }).type));
    this.#opened = new Promise((resolve) => channel.stateChanged.subscribe((state) => state === "open" && resolve()));
  }

  async offer(): Promise<string> {
    await this.#connection.setLocalDescription(await this.#connection.createOffer());
    return this.#connection.localDescription?.sdp ?? "";
  }

  async connect(answer: string): Promise<void> {
    await this.#connection.setRemoteDescription({ type: "answer", sdp: answer });
    await this.#opened;
  }

  /** Speaks at the pace of speech, with the silence that ends a turn. */
  async says(text: string): Promise<void> {
    const pcm = Int16Array.from([...new Int16Array(4_800), ...this.#voice.speak(text), ...new Int16Array(24_000)]);
    const line = resample(pcm, 24_000, 48_000);
    const startedMs = performance.now();
    for (let at = 0; at + frameSamples <= line.length; at += frameSamples) {
      const dueMs = startedMs + (at / frameSamples) * frameMs;
      const waitMs = dueMs - performance.now();
      if (waitMs > 1) await new Promise((resolve) => setTimeout(resolve, waitMs));
      const payload = Buffer.from(this.#encoder.encode(bytesFromPcm(line.slice(at, at + frameSamples)), frameSamples));
      this.#sequence = (this.#sequence + 1) & 0xffff;
      const header = new RtpHeader({
        version: 2,
        payloadType: 111,
        sequenceNumber: this.#sequence,
        timestamp: (this.#sequence * frameSamples) >>> 0,
        ssrc: 4_711,
      });
      this.#microphone.writeRtp(new RtpPacket(header, payload));
    }
  }

  /** The words that have come out of the speaker, once there are any. */
  hears(): Promise<string[]> {
    return new Promise((resolve) => {
      this.#wake = (words) => {
        this.#wake = () => {};
        this.#words = [];
        resolve(words);
      };
      if (this.#words.length > 0) this.#wake(this.#words);
    });
  }

  async close(): Promise<void> {
    await this.#connection.close();
    this.#encoder.delete();
    this.#decoder.delete();
  }
}
