/** What a browser does in a WebRTC call: an offer, a microphone, a speaker and the data channel. */
import { MediaStreamTrack, type RTCDataChannel, RTCPeerConnection, RtpHeader, RtpPacket, useOPUS } from "werift";
import { opusFrameMs as frameMs, opusFrameSamples as frameSamples, type Opus, openOpus } from "../../laptop/voice/opus.ts";
import { bytesFromPcm, pcmFromBytes, resample } from "../../laptop/voice/sound.ts";
import type { Ear, Voice } from "../../laptop/voice/voice.ts";

export class BrowserPeer {
  /** Types of the events that came over the data channel, in order. */
  readonly events: string[] = [];
  /** The same events whole. */
  readonly told: ({ readonly type: string } & Readonly<Record<string, unknown>>)[] = [];
  readonly #voice: Voice;
  // Without a server of its own werift asks somebody else's; nothing listens at this one, and nothing waits for it.
  readonly #connection = new RTCPeerConnection({
    codecs: { audio: [useOPUS()] },
    iceServers: [{ urls: "stun:127.0.0.1:9" }],
    iceStunGatherTimeout: 0.001,
    iceAdditionalHostAddresses: ["127.0.0.1"],
  });
  readonly #microphone = new MediaStreamTrack({ kind: "audio" });
  // Each codec takes megabytes, so there is none before the first sound.
  #encoder: Opus | undefined;
  #decoder: Opus | undefined;
  #ear: Ear | undefined;
  readonly #channel: RTCDataChannel;
  readonly #opened: Promise<void>;
  /** The other side has ended it. */
  readonly left: Promise<void>;
  #wake: (words: string[]) => void = () => {};
  #words: string[] = [];
  #looks: (() => boolean)[] = [];
  #sequence = 0;
  #closed = false;

  /** One that is `deaf` types and reads alone. */
  constructor(voice: Voice, { deaf = false } = {}) {
    this.#voice = voice;
    this.#connection.addTransceiver(this.#microphone, { direction: "sendrecv" });
    this.#connection.onTrack.subscribe((track) =>
      track.onReceiveRtp.subscribe(({ payload }) => {
        // What is still on its way when the codec is gone.
        if (this.#closed || deaf) return;
        this.#decoder ??= openOpus();
        this.#ear ??= voice.ear();
        this.#words.push(...this.#ear.hear(resample(pcmFromBytes(this.#decoder.decode(payload)), 48_000, 24_000)));
        if (this.#words.length > 0) this.#wake(this.#words);
      }),
    );
    const channel = this.#connection.createDataChannel("oai-events");
    this.#channel = channel;
    channel.onMessage.subscribe((message) => {
      const event = JSON.parse(message.toString()) as (typeof this.told)[number];
      this.events.push(event.type);
      this.told.push(event);
      this.#looks = this.#looks.filter((look) => !look());
    });
    this.left = new Promise((resolve) => channel.stateChanged.subscribe((state) => state === "closed" && resolve()));
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

  /** The next event of that type, or one that has come already. */
  next(type: string): Promise<{ readonly type: string } & Readonly<Record<string, unknown>>> {
    return new Promise((resolve) => {
      const look = () => {
        const found = this.told.find((each) => each.type === type);
        if (found) resolve(found);
        return found !== undefined;
      };
      if (!look()) this.#looks.push(look);
    });
  }

  /** Over the data channel. */
  sends(event: object): void {
    this.#channel.send(Buffer.from(JSON.stringify(event)));
  }

  /** Types a message and asks for its answer. */
  types(text: string): void {
    this.sends({
      type: "conversation.item.create",
      item: { type: "message", role: "user", content: [{ type: "input_text", text }] },
    });
    this.sends({ type: "response.create" });
  }

  /** Speaks at the pace of speech, with the silence that ends a turn. */
  async says(text: string): Promise<void> {
    const pcm = Int16Array.from([...new Int16Array(4_800), ...this.#voice.speak(text), ...new Int16Array(24_000)]);
    const line = resample(pcm, 24_000, 48_000);
    this.#encoder ??= openOpus();
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
    if (this.#closed) return;
    this.#closed = true;
    await this.#connection.close();
    this.#encoder?.delete();
    this.#decoder?.delete();
    this.#ear?.close();
    // Whoever still holds this peer holds none of their memory.
    this.#encoder = this.#decoder = this.#ear = undefined;
  }
}
