/** Recognition over a socket, as the Speech SDK speaks it: sound in, hypotheses and phrases out. */
import { randomUUID } from "node:crypto";
import type { WebSocket } from "ws";
import { z } from "zod";
import type { Voice } from "../voice/voice.ts";
import { type Heard, Listener, type Utterance } from "./listener.ts";
import { type Message, readMessage, textMessage } from "./messages.ts";
import { readRiff } from "./sound-format.ts";

export interface RecognitionOptions {
  /** `interactive` ends a turn after one phrase, the others go on until the sound ends. */
  readonly mode: "interactive" | "conversation" | "dictation";
  readonly isDetailed: boolean;
}

/** What the SDK sends when no RIFF header comes first. */
const defaultRate = 16_000;

const contextSchema = z.object({ phraseDetection: z.object({ mode: z.string().optional() }).optional() });

interface Turn {
  readonly requestId: string;
  readonly listener: Listener;
  hasHeard: boolean;
}

/** Serves one socket until the client closes it. */
export function recognise(socket: WebSocket, voice: Voice, options: RecognitionOptions): void {
  let mode: string = options.mode;
  let turn: Turn | undefined;
  /** The request whose turn has ended: sound still arriving for it is not heard. */
  let ended = "";

  const say = (path: string, requestId: string, body: unknown) => socket.send(textMessage(path, requestId, body));

  function begin({ requestId, body }: Message): Turn {
    const isRiff = body.toString("latin1", 0, 4) === "RIFF";
    turn = { requestId, listener: new Listener(voice, isRiff ? readRiff(body).rate : defaultRate), hasHeard: false };
    say("turn.start", requestId, { context: { serviceTag: randomUUID() } });
    return turn;
  }

  function finish({ requestId, listener, hasHeard }: Turn): void {
    const offset = listener.position;
    if (mode !== "interactive")
      say("speech.phrase", requestId, { RecognitionStatus: "EndOfDictation", Offset: offset, Duration: 0 });
    else if (!hasHeard)
      say("speech.phrase", requestId, { RecognitionStatus: "InitialSilenceTimeout", Offset: offset, Duration: 0 });
    say("speech.enddetected", requestId, { Offset: offset });
    say("turn.end", requestId, {});
    listener.close();
    turn = undefined;
    ended = requestId;
  }

  /** Whether the turn is over with it. */
  function tell(current: Turn, { finished, partial }: Heard): boolean {
    const { requestId } = current;
    for (const utterance of finished) {
      if (!current.hasHeard) say("speech.startdetected", requestId, { Offset: utterance.offset });
      current.hasHeard = true;
      say("speech.phrase", requestId, phrase(utterance, options.isDetailed));
      if (mode === "interactive") return true;
    }
    if (partial) say("speech.hypothesis", requestId, { Text: partial.text, Offset: partial.offset, Duration: partial.duration });
    return false;
  }

  function hear(message: Message): void {
    if (message.requestId === ended) return;
    const isFirst = turn?.requestId !== message.requestId;
    if (isFirst) turn?.listener.close();
    const current = isFirst || !turn ? begin(message) : turn;
    const isRiff = isFirst && message.body.toString("latin1", 0, 4) === "RIFF";
    const sound = isRiff ? message.body.subarray(readRiff(message.body).dataAt) : message.body;
    const isEnd = message.body.length === 0;
    const heard = isEnd ? current.listener.end() : current.listener.hear(sound);
    if (tell(current, heard) || isEnd) finish(current);
  }

  socket.on("message", (data, isBinary) => {
    const message = readMessage(data as Buffer, isBinary);
    if (!message) return socket.close(1007, "A frame was not a message of the speech protocol.");
    if (message.path === "speech.context") mode = contextMode(message.body) ?? mode;
    if (message.path !== "audio") return;
    try {
      hear(message);
    } catch (error) {
      socket.close(1007, error instanceof Error ? error.message.slice(0, 120) : "");
    }
  });
  socket.on("close", () => turn?.listener.close());
}

function contextMode(body: Buffer): string | undefined {
  try {
    return contextSchema.safeParse(JSON.parse(String(body))).data?.phraseDetection?.mode?.toLowerCase();
  } catch {
    return undefined;
  }
}

/** A finished phrase in the simple or the detailed shape. The words were decoded exactly, hence the confidence. */
export function phrase({ text, offset, duration }: Utterance, isDetailed: boolean): Readonly<Record<string, unknown>> {
  const facts = { RecognitionStatus: "Success", Offset: offset, Duration: duration, DisplayText: text };
  return isDetailed
    ? { ...facts, NBest: [{ Confidence: 1, Lexical: text.toLowerCase(), ITN: text, MaskedITN: text, Display: text }] }
    : facts;
}
