/**
 * The WebSocket between a call and the app: 50 frames a second to the app, silence included, and the app's own sound back.
 * Shapes: Call Automation's audio streaming; the SDK's `StreamingData` and `createOutboundAudioData` speak the same.
 */
import WebSocket, { type RawData } from "ws";
import type { Clock } from "../clock.ts";
import type { Digit, Moment } from "../telephone/conversation.ts";
import { bytesOf, type Frame, sampleRate, samplesOf } from "../telephone/frame.ts";
import { Resampler } from "../telephone/resampler.ts";
import { rawId } from "./identifiers.ts";

export interface MediaStreamArgs {
  readonly clock: Clock;
  readonly url: string;
  readonly subscriptionId: string;
  readonly token: string;
  readonly callConnectionId: string;
  readonly correlationId: string;
  readonly format: "Pcm16KMono" | "Pcm24KMono";
  /** `unmixed` sends a frame for each speaker, `mixed` one of all. */
  readonly channels: "mixed" | "unmixed";
  readonly bidirectional: boolean;
  readonly tones: boolean;
  /** Sound of the app, at 24 kHz. */
  readonly onAudio: (pcm: Int16Array) => void;
  readonly onStop: () => void;
  readonly onOpen: () => void;
  /** Called once: the socket was refused (`opened` false) or lost. Not after `close`. */
  readonly onFailed: (opened: boolean) => void;
}

/** The app's messages are JSON of one frame or a burst; nothing that plays sound needs more. */
const maximumMessageBytes = 4 * 1_024 * 1_024;
const handshakeTimeoutMs = 10_000;
/** An app that reads nothing loses sound instead of filling the laptop's memory: two minutes of frames. */
const maximumUnreadBytes = 8 * 1_024 * 1_024;

export class MediaStream {
  readonly #args: MediaStreamArgs;
  readonly #socket: WebSocket;
  readonly #rate: number;
  readonly #in: Resampler;
  readonly #out = new Map<string, Resampler>();
  #opened = false;
  #over = false;

  constructor(args: MediaStreamArgs) {
    this.#args = args;
    this.#rate = args.format === "Pcm24KMono" ? 24_000 : 16_000;
    this.#in = new Resampler(this.#rate, sampleRate);
    this.#socket = new WebSocket(args.url, {
      perMessageDeflate: false,
      maxPayload: maximumMessageBytes,
      handshakeTimeout: handshakeTimeoutMs,
      followRedirects: false,
      headers: {
        authorization: `Bearer ${args.token}`,
        "x-ms-call-connection-id": args.callConnectionId,
        "x-ms-call-correlation-id": args.correlationId,
      },
    });
    this.#socket.on("open", () => this.#open());
    this.#socket.on("message", (data, binary) => {
      if (!binary) this.#message(data);
    });
    // `close` follows every error.
    this.#socket.on("error", () => undefined);
    this.#socket.on("close", () => this.#fail());
  }

  get active(): boolean {
    return this.#opened && !this.#over;
  }

  /** 20 ms of the call. */
  moment(moment: Moment): void {
    if (!this.active || this.#socket.bufferedAmount > maximumUnreadBytes) return;
    if (this.#args.channels === "mixed") {
      this.#sendFrame("", moment.heard);
      return;
    }
    for (const { number, frame } of moment.voices) this.#sendFrame(number, frame);
  }

  digit(digit: Digit): void {
    if (this.active && this.#args.tones) this.#send({ kind: "DtmfData", dtmfData: { data: digit } });
  }

  /** Ends the stream as the service does when the app or the call asks for it. */
  close(): void {
    this.#over = true;
    if (this.#socket.readyState === WebSocket.CONNECTING) this.#socket.terminate();
    else this.#socket.close(1000);
  }

  /** Tears the socket off, as a network fault does: the app and the call both notice. */
  tearOff(): void {
    this.#socket.terminate();
  }

  #open(): void {
    if (this.#over) return;
    this.#opened = true;
    const length = (this.#rate / 50) * 2;
    const { subscriptionId } = this.#args;
    this.#send({
      kind: "AudioMetadata",
      audioMetadata: { subscriptionId, encoding: "PCM", sampleRate: this.#rate, channels: 1, length },
    });
    this.#args.onOpen();
  }

  #fail(): void {
    if (this.#over) return;
    this.#over = true;
    this.#args.onFailed(this.#opened);
  }

  #sendFrame(number: string, frame: Frame): void {
    const resampler = this.#out.get(number) ?? new Resampler(sampleRate, this.#rate);
    this.#out.set(number, resampler);
    this.#send({
      kind: "AudioData",
      audioData: {
        timestamp: new Date(this.#args.clock.nowMs()).toISOString(),
        ...(number ? { participantRawID: rawId(number) } : {}),
        data: bytesOf(resampler.convert(frame.pcm)).toString("base64"),
        silent: frame.silent,
      },
    });
  }

  #send(message: unknown): void {
    this.#socket.send(JSON.stringify(message));
  }

  /** Casing is not significant on this leg: the SDK writes `audioData`, Microsoft's Python sample `AudioData`. */
  #message(data: RawData): void {
    if (!this.#args.bidirectional) return;
    const message = lowerKeys(parse(data.toString()));
    const kind = String(message.kind).toLowerCase();
    if (kind === "stopaudio") {
      this.#args.onStop();
      return;
    }
    if (kind !== "audiodata") return;
    const base64 = lowerKeys(message.audiodata).data;
    if (typeof base64 === "string") this.#args.onAudio(this.#in.convert(samplesOf(Buffer.from(base64, "base64"))));
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function lowerKeys(value: unknown): Record<string, unknown> {
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key.toLowerCase(), each]));
}
