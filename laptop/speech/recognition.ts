/**
 * Recognition over a socket, as the Speech SDK speaks it: sound in, hypotheses and phrases out. Words are a hypothesis as soon as they are
 * decoded, and a phrase once the silence that ends one has passed.
 */
import { randomUUID } from "node:crypto";
import type { WebSocket } from "ws";
import { z } from "zod";
import type { Voice } from "../voice/voice.ts";
import { type Heard, Listener, type Utterance } from "./listener.ts";
import { type Message, readMessage, textMessage } from "./messages.ts";
import { readRiff } from "./sound-format.ts";
import { spokenLanguage } from "./spoken-language.ts";

export interface RecognitionOptions {
  /** `interactive` ends a turn after one phrase, the others go on until the sound ends. */
  readonly mode: "interactive" | "conversation" | "dictation";
  readonly isDetailed: boolean;
  /** Only the universal interface tells languages apart while they change. */
  readonly isUniversal: boolean;
}

/** What the SDK sends when no RIFF header comes first. */
const defaultRate = 16_000;

/** Silence after which a phrase is over when nothing else is asked for, and what may be asked for, in milliseconds. */
const defaultSilence = 500;
const silenceSchema = z.object({
  segmentation: z.object({ segmentationSilenceTimeoutMs: z.number().min(100).max(5_000).optional() }),
});
const contextSchema = z.object({
  phraseDetection: z
    .object({ mode: z.string().optional(), conversation: silenceSchema.optional(), interactive: silenceSchema.optional() })
    .optional(),
  languageId: z
    .object({ languages: z.array(z.string()).min(1), mode: z.enum(["DetectContinuous", "DetectAtAudioStart"]) })
    .optional(),
});
type Context = z.infer<typeof contextSchema>;
/** learn.microsoft.com, "Implement language identification". */
const mostLanguages = { DetectContinuous: 10, DetectAtAudioStart: 4 } as const;
const ticksPerMillisecond = 10_000;

interface Turn {
  readonly requestId: string;
  readonly listener: Listener;
  hasHeard: boolean;
  /** Decoded, and waiting for the silence after it; what is said before that belongs to it. */
  held: Utterance | undefined;
}

/** Serves one socket until the client closes it. */
export function recognise(socket: WebSocket, voice: Voice, options: RecognitionOptions): void {
  let mode: string = options.mode;
  let context: Context = {};
  let language = "";
  let turn: Turn | undefined;
  /** The request whose turn has ended: sound still arriving for it is not heard. */
  let ended = "";

  const say = (path: string, requestId: string, body: unknown) => socket.send(textMessage(path, requestId, body));

  function begin({ requestId, body }: Message): Turn {
    const isRiff = body.toString("latin1", 0, 4) === "RIFF";
    turn = {
      requestId,
      listener: new Listener(voice, isRiff ? readRiff(body).rate : defaultRate),
      hasHeard: false,
      held: undefined,
    };
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
  function tell(current: Turn, { finished, partial }: Heard, isEnd: boolean): boolean {
    const { requestId, listener } = current;
    for (const utterance of [...finished, ...(partial ? [partial] : [])]) {
      if (!current.hasHeard) say("speech.startdetected", requestId, { Offset: utterance.offset });
      current.hasHeard = true;
      const { text: Text, offset: Offset, duration: Duration } = current.held ? following(current.held, utterance) : utterance;
      say("speech.hypothesis", requestId, { Text, Offset, Duration, ...detected(Text) });
      if (utterance !== partial) current.held = { text: Text, offset: Offset, duration: Duration };
    }
    const { conversation, interactive } = context.phraseDetection ?? {};
    const { segmentationSilenceTimeoutMs = defaultSilence } = (conversation ?? interactive)?.segmentation ?? {};
    if (!current.held || (listener.silence < segmentationSilenceTimeoutMs * ticksPerMillisecond && !isEnd)) return false;
    say("speech.phrase", requestId, { ...phrase(current.held, options.isDetailed), ...detected(current.held.text) });
    current.held = undefined;
    return mode === "interactive";
  }

  function detected(text: string): Readonly<Record<string, unknown>> {
    if (!context.languageId) return {};
    const { languages } = context.languageId;
    language = spokenLanguage(text, languages, language || languages[0] || "");
    return { PrimaryLanguage: { Language: language, Confidence: "High" } };
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
    if (tell(current, heard, isEnd) || isEnd) finish(current);
  }

  /** Throws with what is wrong with it. */
  function configure(body: Buffer): void {
    const { data, error } = contextSchema.safeParse(JSON.parse(String(body)));
    if (!data) throw new Error(`speech.context: ${error.issues[0]?.path.join(".")}: ${error.issues[0]?.message}`);
    const { languageId, phraseDetection } = data;
    if (languageId && !options.isUniversal) throw new Error("Languages are told apart at /speech/universal/v2 only.");
    if (languageId && languageId.languages.length > mostLanguages[languageId.mode])
      throw new Error(`${languageId.mode} takes at most ${mostLanguages[languageId.mode]} languages.`);
    context = data;
    mode = phraseDetection?.mode?.toLowerCase() ?? mode;
  }

  socket.on("message", (data, isBinary) => {
    const message = readMessage(data as Buffer, isBinary);
    if (!message) return socket.close(1007, "A frame was not a message of the speech protocol.");
    try {
      if (message.path === "speech.context") configure(message.body);
      if (message.path === "audio") hear(message);
    } catch (error) {
      socket.close(1007, error instanceof Error ? error.message.slice(0, 120) : "");
    }
  });
  socket.on("close", () => turn?.listener.close());
}

function following(before: Utterance, { text, offset, duration }: Utterance): Utterance {
  return { text: `${before.text} ${text}`, offset: before.offset, duration: offset + duration - before.offset };
}

/** A finished phrase in the simple or the detailed shape. The words were decoded exactly, hence the confidence. */
export function phrase({ text, offset, duration }: Utterance, isDetailed: boolean): Readonly<Record<string, unknown>> {
  const facts = { RecognitionStatus: "Success", Offset: offset, Duration: duration, DisplayText: text };
  return isDetailed
    ? { ...facts, NBest: [{ Confidence: 1, Lexical: text.toLowerCase(), ITN: text, MaskedITN: text, Display: text }] }
    : facts;
}
