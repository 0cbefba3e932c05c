/**
 * Azure AI Speech on a laptop: text to speech and speech to text, by REST and by the Speech SDK's sockets, with the laptop's own voice
 * (laptop/voice): words as sound that the same voice's ear understands. It understands no human voice, and ignores SSML's styling.
 */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type Context, Hono } from "hono";
import { type WebSocket, WebSocketServer } from "ws";
import { type Clock, wallClock } from "../clock.ts";
import { type Access, Refusal } from "../identity/access.ts";
import type { Service } from "../service.ts";
import type { Voice } from "../voice/voice.ts";
import { Listener } from "./listener.ts";
import { phrase, type RecognitionOptions, recognise } from "./recognition.ts";
import { encodeSound, outputFormat, readRiff } from "./sound-format.ts";
import { readSsml } from "./ssml.ts";
import { synthesise } from "./synthesis.ts";

export interface SpeechOptions {
  readonly access: Access;
  /** ARM id of the account: the scope of the role, and what stands in `aad#<id>#<token>`. */
  readonly accountId: string;
  readonly voice: Voice;
  /** Ids of the custom voices' endpoints; another is not found. All sound the same here. */
  readonly customVoices?: readonly string[];
  /** When idle sockets end; the machine's time when absent. */
  readonly clock?: Clock;
}

const audiences = ["https://cognitiveservices.azure.com"];
/** The short-audio interface takes at most a minute (learn.microsoft.com, "Speech to text REST API for short audio"). */
const longestSeconds = 60;
/** A socket on which nothing is said for this long is closed (Speech WebSocket protocol, "connection duration limits"). */
const idleMs = 180_000;
const largestFrameBytes = 1024 * 1024;

const recognitionPath =
  /^(?:\/stt)?\/speech\/(?:recognition\/(interactive|conversation|dictation)\/cognitiveservices\/v1|universal\/v\d)$/;
const synthesisPath = /^(?:\/(tts|voice))?\/cognitiveservices\/websocket\/v1$/;

export function createSpeech({ access, accountId, voice, customVoices = [], clock = wallClock }: SpeechOptions): Service {
  const authorise = (authorization: string | null | undefined) =>
    access.require(bare(authorization, accountId), {
      audiences,
      scope: accountId,
      anyOf: ["Cognitive Services Speech User", "Cognitive Services User"],
    });

  const app = new Hono();
  app.onError((error) => {
    if (error instanceof Refusal)
      return Response.json({ error: { code: String(error.code), message: error.message } }, { status: error.status });
    throw error;
  });
  app.use("*", async (context, next) => {
    await authorise(context.req.header("authorization"));
    await next();
  });
  for (const base of ["", "/tts"]) app.post(`${base}/cognitiveservices/v1`, (context) => say(context, voice));
  for (const base of ["", "/stt"]) {
    app.post(`${base}/speech/recognition/:mode{interactive|conversation|dictation}/cognitiveservices/v1`, (context) =>
      hear(context, voice),
    );
  }
  app.all("*", () => {
    throw new Refusal(
      501,
      "NotImplemented",
      "This stand-in speaks and recognises; lists of voices, batch jobs, translation, speaker and custom models it does not have.",
    );
  });

  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: largestFrameBytes });
  async function admit(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const url = new URL(request.url ?? "/", "https://localhost");
    const recognition = recognitionPath.exec(url.pathname);
    const synthesis = synthesisPath.exec(url.pathname);
    const isCustom = synthesis?.[1] === "voice";
    const isKnown = !isCustom || customVoices.includes(url.searchParams.get("deploymentId") ?? "");
    if (!(recognition || synthesis) || !isKnown) return refuse(socket, "404 Not Found");
    try {
      // Where sockets cannot carry headers (browsers, Node's own WebSocket) the SDK puts them into the query.
      await authorise(request.headers.authorization ?? url.searchParams.get("Authorization"));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return refuse(socket, error.status === 403 ? "403 Forbidden" : "401 Unauthorized");
    }
    sockets.handleUpgrade(request, socket, head, (opened) => {
      opened.on("error", () => opened.terminate());
      closeWhenIdle(opened, clock);
      if (recognition) recognise(opened, voice, recognitionOptions(recognition[1], url));
      else synthesise(opened, voice);
    });
  }

  return {
    fetch: (request) => app.fetch(request),
    upgrade(request, socket, head) {
      socket.on("error", () => socket.destroy());
      void admit(request, socket, head).catch(() => socket.destroy());
    },
    close() {
      for (const each of sockets.clients) each.terminate();
      sockets.close();
    },
  };
}

/** `aad#<resource id>#<token>` names the resource beside the token; both must be ours. */
function bare(authorization: string | null | undefined, accountId: string): string | null | undefined {
  const [, id, token] = /^Bearer aad#([^#]+)#(.+)$/i.exec(authorization ?? "") ?? [];
  if (id === undefined) return authorization;
  if (id.toLowerCase() !== accountId.toLowerCase())
    throw new Refusal(401, "401", "The resource in aad#<resource id>#<token> is not this one.");
  return `Bearer ${token}`;
}

function recognitionOptions(mode: string | undefined, url: URL): RecognitionOptions {
  return {
    mode: mode === "interactive" || mode === "dictation" ? mode : "conversation",
    isDetailed: url.searchParams.get("format")?.toLowerCase() === "detailed",
    isUniversal: mode === undefined,
  };
}

async function say(context: Context, voice: Voice): Promise<Response> {
  if (!context.req.header("content-type")?.startsWith("application/ssml+xml")) {
    throw new Refusal(415, "UnsupportedMediaType", "Content-Type must be application/ssml+xml.");
  }
  const format = outputFormat(context.req.header("x-microsoft-outputformat"));
  const { text } = readSsml(await context.req.text());
  const type = format.container === "riff" ? "audio/x-wav" : "audio/basic";
  return new Response(new Uint8Array(encodeSound(voice.speak(text), format)), { headers: { "content-type": type } });
}

async function hear(context: Context, voice: Voice): Promise<Response> {
  if (!context.req.query("language")) throw new Refusal(400, "BadRequest", "The query needs a language, e.g. language=en-US.");
  const bytes = Buffer.from(await context.req.arrayBuffer());
  const { rate, dataAt } = readRiff(bytes);
  const sound = bytes.subarray(dataAt);
  if (sound.length > rate * 2 * longestSeconds)
    throw new Refusal(400, "BadRequest", `Short audio lasts at most ${longestSeconds} s.`);
  const listener = new Listener(voice, rate);
  const [first] = [...listener.hear(sound).finished, ...listener.end().finished];
  listener.close();
  const isDetailed = context.req.query("format") === "detailed";
  return context.json(first ? phrase(first, isDetailed) : { RecognitionStatus: "InitialSilenceTimeout", Offset: 0, Duration: 0 });
}

function closeWhenIdle(socket: WebSocket, clock: Clock): void {
  const wait = () => clock.after(idleMs, () => socket.close(1000, "Nothing was said for 180 seconds."));
  let cancel = wait();
  socket.on("message", () => {
    cancel();
    cancel = wait();
  });
  socket.on("close", () => cancel());
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
