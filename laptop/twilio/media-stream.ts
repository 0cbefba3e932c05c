/**
 * The WebSocket between a call and the app: 50 frames of mu-law a second to the app, and the app's own sound back, with marks that return when
 * the sound before them was played. Shapes: Twilio docs, "Media Streams - WebSocket Messages".
 */
import WebSocket from "ws";
import { z } from "zod";
import type { Digit, Moment, Seat } from "../telephone/conversation.ts";
import { sampleRate } from "../telephone/frame.ts";
import { Resampler } from "../telephone/resampler.ts";
import { muLawFromPcm, pcmFromMuLaw } from "../voice/sound.ts";
import { signature } from "./webhooks.ts";

export interface MediaStreamArgs {
  readonly url: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly authToken: string;
  readonly accountSid: string;
  readonly callSid: string;
  readonly streamSid: string;
  readonly seat: Seat;
  readonly onOpen: () => void;
  /** Called once, whoever ended it; `fault` is one of Twilio's error codes. */
  readonly onEnd: (fault: number | undefined) => void;
}

const lineRate = 8_000;
const handshakeTimeoutMs = 10_000;
/** An app that reads nothing loses sound: error 31930. */
const maximumUnreadBytes = 2 * 1_024 * 1_024;
const maximumMessageBytes = 4 * 1_024 * 1_024;

/** Twilio's errors of media streams: handshake, address, protocol. */
const faults = { handshake: 31_920, address: 31_922, protocol: 31_924 } as const;

const base64 = z.string().regex(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/);
const message = z.discriminatedUnion("event", [
  z.object({ event: z.literal("media"), streamSid: z.string(), media: z.object({ payload: base64 }) }),
  z.object({ event: z.literal("mark"), streamSid: z.string(), mark: z.object({ name: z.string() }) }),
  z.object({ event: z.literal("clear"), streamSid: z.string() }),
]);

export class MediaStream {
  readonly #args: MediaStreamArgs;
  readonly #socket: WebSocket | undefined;
  readonly #fromApp = new Resampler(lineRate, sampleRate);
  readonly #toApp = new Resampler(sampleRate, lineRate);
  #opened = false;
  #over = false;
  #sequence = 0;
  #chunk = 0;
  /** Samples that the app has sent, at the network's rate; what of them waits, the seat knows. */
  #written = 0;
  #marks: { readonly name: string; readonly at: number }[] = [];

  constructor(args: MediaStreamArgs) {
    this.#args = args;
    const url = addressOf(args.url);
    if (!url) {
      setImmediate(() => this.#end(faults.address));
      return;
    }
    this.#socket = new WebSocket(url, {
      perMessageDeflate: false,
      maxPayload: maximumMessageBytes,
      handshakeTimeout: handshakeTimeoutMs,
      followRedirects: false,
      headers: { "x-twilio-signature": signature(args.authToken, url), "user-agent": "Twilio.TmeWs/1.0" },
    });
    this.#socket.on("open", () => this.#open());
    this.#socket.on("message", (data) => this.#message(data.toString()));
    // `close` follows every error.
    this.#socket.on("error", () => undefined);
    this.#socket.on("close", () => this.#end(this.#opened ? undefined : faults.handshake));
  }

  /** 20 ms of the call. */
  moment({ heard }: Moment): void {
    if (!this.#opened || this.#over) return;
    this.#returnMarks();
    if ((this.#socket?.bufferedAmount ?? 0) > maximumUnreadBytes) return;
    const payload = Buffer.from(muLawFromPcm(this.#toApp.convert(heard.pcm))).toString("base64");
    const chunk = ++this.#chunk;
    this.#send({ event: "media", media: { track: "inbound", chunk: String(chunk), timestamp: String(chunk * 20), payload } });
  }

  digit(digit: Digit): void {
    this.#send({ event: "dtmf", dtmf: { track: "inbound_track", digit } });
  }

  /** Ends the stream as Twilio does: the call is over, or shall do something else. */
  stop(): void {
    const { accountSid, callSid } = this.#args;
    this.#send({ event: "stop", stop: { accountSid, callSid } });
    this.#end(undefined);
  }

  #open(): void {
    if (this.#over) return;
    this.#opened = true;
    const { accountSid, callSid, streamSid, parameters } = this.#args;
    this.#socket?.send(JSON.stringify({ event: "connected", protocol: "Call", version: "1.0.0" }));
    this.#send({
      event: "start",
      start: {
        accountSid,
        streamSid,
        callSid,
        tracks: ["inbound"],
        mediaFormat: { encoding: "audio/x-mulaw", sampleRate: lineRate, channels: 1 },
        customParameters: parameters,
      },
    });
    this.#args.onOpen();
  }

  #end(fault: number | undefined): void {
    if (this.#over) return;
    this.#over = true;
    if (this.#socket?.readyState === WebSocket.CONNECTING) this.#socket.terminate();
    else this.#socket?.close(1000);
    this.#args.seat.hush();
    this.#args.onEnd(fault);
  }

  #send(said: Readonly<Record<string, unknown>>): void {
    if (!this.#opened || this.#over) return;
    this.#socket?.send(JSON.stringify({ ...said, sequenceNumber: String(++this.#sequence), streamSid: this.#args.streamSid }));
  }

  #message(text: string): void {
    if (this.#over) return;
    const read = message.safeParse(parsed(text));
    if (!read.success || read.data.streamSid !== this.#args.streamSid) {
      this.#end(faults.protocol);
      return;
    }
    const { seat } = this.#args;
    switch (read.data.event) {
      case "media": {
        const pcm = this.#fromApp.convert(pcmFromMuLaw(Buffer.from(read.data.media.payload, "base64")));
        if (seat.speak(pcm)) this.#written += pcm.length;
        return;
      }
      case "mark":
        this.#marks.push({ name: read.data.mark.name, at: this.#written });
        this.#returnMarks();
        return;
      case "clear":
        seat.hush();
        this.#returnMarks();
    }
  }

  /** Marks come back in order, each once what was sent before it has been played. */
  #returnMarks(): void {
    const played = this.#written - Math.round((this.#args.seat.waitingMs * sampleRate) / 1_000);
    while (this.#marks[0] && this.#marks[0].at <= played)
      this.#send({ event: "mark", mark: { name: this.#marks.shift()?.name } });
  }
}

/** The address without its query, which Twilio does not send; undefined for any scheme but wss, or ws to this machine. */
function addressOf(given: string): string | undefined {
  if (!URL.canParse(given)) return undefined;
  const { protocol, hostname } = new URL(given);
  if (protocol !== "wss:" && !(protocol === "ws:" && ["localhost", "127.0.0.1"].includes(hostname))) return undefined;
  return given.replace(/[?#].*$/s, "");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
