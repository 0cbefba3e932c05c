/** What a call in progress knows about itself, what can happen to it and what it can ask for. Values only; `session.ts` moves them. */
import type { Message } from "../calls/call.ts";
import type { CallNews } from "../calls/news.ts";
import type { PhraseBook, PhraseName } from "../calls/phrase-book.ts";
import type { ToolEffect } from "../calls/tools.ts";
import type { Flags } from "../flags.ts";
import type { Audio } from "./audio.ts";
import { type Playback, silent } from "./playback.ts";
import type { Afterwards, Choosing, Handover, Lately, Response, SecretEntry, ToolRun, Utterance } from "./session-parts.ts";
import type { TelephoneEvent } from "./telephone/telephone.ts";
import type { ModelCommand, ModelEvent, Purpose } from "./voice-model/voice-model.ts";

/** Forward only: `leaving` says goodbye and hangs up, `ended` does nothing any more. */
export type Phase = "new" | "open" | "leaving" | "ended";

export type { Response, Speech, ToolRun, Utterance } from "./session-parts.ts";

export type SessionEvent =
  | { readonly kind: "start" }
  | { readonly kind: "phone"; readonly event: TelephoneEvent }
  /** `generation` is that of the `open_model` which opened the session: late news of a lost one counts for nothing. */
  | { readonly kind: "model"; readonly generation: number; readonly event: ModelEvent }
  | { readonly kind: "tool_done"; readonly toolCallId: string; readonly content: string; readonly effect?: ToolEffect }
  | { readonly kind: "briefed" }
  | { readonly kind: "transfer_refused" }
  /** What the functions app, which gets the network's callbacks and the supervisor's requests, has to tell. */
  | { readonly kind: "news"; readonly news: CallNews }
  /** The flags have been read again. */
  | { readonly kind: "flags"; readonly flags: Flags }
  /** Answers `load_phrases`. */
  | { readonly kind: "phrases"; readonly language: string; readonly phrases: PhraseBook }
  /** This process is stopping and the call goes on elsewhere: what was heard is kept, and the line is let go of without hanging up. */
  | { readonly kind: "move" }
  /** A deadline (`nextDeadlineMs`) has come. */
  | { readonly kind: "tick" }
  /** The process must stop. */
  | { readonly kind: "stop" };

export type Effect =
  | { readonly kind: "connected" }
  /** `engine` counts into the call's voice engines, in order of preference. */
  | { readonly kind: "open_model"; readonly generation: number; readonly engine: number }
  | { readonly kind: "close_model" }
  /** Open a session of the preferred engine beside the present one; it takes the conversation over, or goes. */
  | { readonly kind: "try_model"; readonly generation: number }
  | { readonly kind: "take_trial" }
  | { readonly kind: "drop_trial" }
  | { readonly kind: "model"; readonly command: ModelCommand }
  /** Tell the model anew who it is, from the record as it is now; answered by `briefed`. */
  | { readonly kind: "brief"; readonly callId: string; readonly language: string; readonly speed: number }
  | { readonly kind: "play"; readonly audio: Audio }
  | { readonly kind: "stop_playing" }
  | { readonly kind: "append"; readonly callId: string; readonly message: Message }
  /** Of what is being said, in case nobody is left to append it. */
  | { readonly kind: "keep_unfinished"; readonly callId: string; readonly message: Message }
  /** Answered by `tool_done`. */
  | {
      readonly kind: "run_tool";
      readonly callId: string;
      readonly toolCallId: string;
      readonly name: string;
      readonly argumentsJson: string;
    }
  /** Blind: the caller is handed over to a number (E.164). Refusal is told by `transfer_refused`, a later failure by news. */
  | { readonly kind: "transfer"; readonly to: string }
  /** Warm: the caller waits (`hold`), a person is rung (`invite`), and is sent away again when they do not take the call (`dismiss`). */
  | { readonly kind: "hold" }
  | { readonly kind: "unhold" }
  | { readonly kind: "invite"; readonly to: string }
  | { readonly kind: "dismiss"; readonly to: string }
  /** The written half of a briefing: into the record, and as a text message to the person. */
  | { readonly kind: "keep_briefing"; readonly callId: string; readonly to: string; readonly text: string }
  /** Keypad digits that nobody may see: handed to where they belong and forgotten; answered by `tool_done`. */
  | {
      readonly kind: "deliver_digits";
      readonly callId: string;
      readonly toolCallId: string;
      readonly name: string;
      readonly digits: string;
    }
  | { readonly kind: "pause_recording" }
  | { readonly kind: "resume_recording" }
  /** Answered by `phrases`. */
  | { readonly kind: "load_phrases"; readonly language: string }
  | { readonly kind: "hang_up" }
  /** The last effect of every call: let go of everything. */
  | { readonly kind: "end" };

export interface Step {
  readonly session: Session;
  readonly effects: readonly Effect[];
}

/** A language the caller may choose. */
export interface LanguageOption {
  /** BCP 47. */
  readonly shortCode: string;
  /** Words that mean it, in English and in itself. */
  readonly names: readonly string[];
}

/** What is known before the first sound. */
export interface CallFacts {
  readonly callId: string;
  readonly flags: Flags;
  /** BCP 47. */
  readonly language: string;
  /** A multiple of the voice's own speed. */
  readonly speed: number;
  /** The assistant's first words. */
  readonly greeting: string;
  readonly company: string;
  /** What is said without the model finding the words, in `language`. */
  readonly phrases: PhraseBook;
  /** Picks among phrases; any number, passed in. */
  readonly seed: number;
  /** All languages of the line, in the order of their keys. */
  readonly languages: readonly LanguageOption[];
  /** The caller is asked for their language first; the words of that question, each language in itself. */
  readonly languageMenu: string | undefined;
  /** How many voice engines there are to fall back on, at least one. */
  readonly engines: number;
  /** The model's service carries the sound to and from the caller itself (SIP, browser): none of it passes here. */
  readonly carried: boolean;
  /** The agent has digits that nobody may see: any key may be one of them, unless we have asked for another. */
  readonly secretKeys: boolean;
  /** The line can hold the caller and ring a second person. */
  readonly warm: boolean;
  /** The call ends after this. */
  readonly longestMs: number;
  /** The call was already in progress elsewhere, and goes on here from its record: no greeting. */
  readonly resumed: boolean;
  /** The person (E.164) who took the call before it came here and still talks with the caller; the assistant has no part in that. */
  readonly colleague?: string;
}

export interface Session extends CallFacts {
  readonly phase: Phase;
  readonly startedAtMs: number;

  readonly model: "none" | "opening" | "ready";
  /** The number of the present session, and of the last one that was opened. */
  readonly generation: number;
  readonly opened: number;
  /** Which voice engine serves; counts into those of the call. */
  readonly engine: number;
  /** When the present session was asked for, and once it is ready since when it is. */
  readonly modelSinceMs: number;
  /** When the model last reported anything. */
  readonly modelHeardMs: number;
  /** The present session has said a word. */
  readonly modelSpoke: boolean;
  /** Sessions in a row that were lost without a word, and how many engines they were of. */
  readonly losses: number;
  readonly failedEngines: number;
  readonly reopenAtMs: number | undefined;
  /** A session of the preferred engine that is tried beside the present one; how often that was done, and when it is due again. */
  readonly trial: { readonly generation: number; readonly sinceMs: number; readonly ready: boolean } | undefined;
  readonly trials: number;
  readonly trialAtMs: number | undefined;
  /** The model's brief is being renewed; it speaks again afterwards. */
  readonly briefing: boolean;
  readonly briefStale: boolean;
  /** What the model must know as soon as it listens. */
  readonly notes: readonly string[];

  /** Audio of the caller given to this model session. */
  readonly givenMs: number;
  readonly callerSpeaking: boolean;
  /** When speech that lasts becomes an interruption. */
  readonly cutAtMs: number | undefined;
  /** Turns whose words are not known yet. */
  readonly turns: Readonly<Record<string, number>>;
  readonly digits: string;
  readonly digitsAtMs: number | undefined;
  /** The model knows that keys were pressed, and not which: they are held for a collection that it may begin. */
  readonly digitsHeld: boolean;
  readonly secret: SecretEntry | undefined;
  readonly lately: Lately;

  readonly choosing: Choosing | undefined;
  /** A language of the line that the caller spoke in the last turn though the call is in another. */
  readonly otherLanguage: string | undefined;
  readonly phrasesLanguage: string;
  readonly greetingLanguage: string;
  /** The greeting waits until then for phrases in the language chosen. */
  readonly phrasesByMs: number | undefined;
  /** What was picked last of several phrasings, and the state of what picks. */
  readonly picked: Readonly<Partial<Record<PhraseName, string>>>;
  readonly random: number;

  readonly responses: readonly Response[];
  /** The response whose sound goes to the phone. */
  readonly floor: string | undefined;
  readonly lastSpokenResponse: string | undefined;
  /** Asked for and not started. */
  readonly requested: boolean;
  /** Something beside the conversation was asked for and has not started; nothing else is said before it. */
  readonly announcing: boolean;
  /** What to say as soon as nobody speaks, and what before that. */
  readonly next: Purpose | undefined;
  readonly announcement: PhraseName | undefined;
  readonly failures: number;
  /** Since when the caller waits for an answer. */
  readonly waitingSinceMs: number | undefined;
  readonly waitingPhraseSaid: boolean;
  /** When the last thinking sound is over. */
  readonly thinkingUntilMs: number | undefined;
  /** Answers in a row that did not come in time. */
  readonly hardTimeouts: number;
  readonly utterances: readonly Utterance[];
  readonly playback: Playback;
  readonly tools: readonly ToolRun[];

  readonly silencePrompts: number;
  /** The last thing that happened in the conversation; silence counts from here. */
  readonly lastActivityMs: number;
  readonly afterwards: Afterwards | undefined;
  /** A transfer is under way; without news by then it has failed. */
  readonly transferUntilMs: number | undefined;
  readonly handover: Handover | undefined;

  /** Since when the line has no sound, and whether the caller was owed words then. */
  readonly lineLostMs: number | undefined;
  readonly lineOwes: boolean;
  /** The call ends by then whatever else happens. */
  readonly leaveByMs: number | undefined;
  readonly hungUp: boolean;
  /** The caller has gone; only the last words they said are waited for. */
  readonly lineClosed: boolean;
}

/** A call before its first event. */
export function newSession(facts: CallFacts): Session {
  return {
    ...facts,
    phase: "new",
    startedAtMs: 0,
    model: "none",
    generation: 0,
    opened: 0,
    engine: 0,
    modelSinceMs: 0,
    modelHeardMs: 0,
    modelSpoke: false,
    losses: 0,
    failedEngines: 0,
    reopenAtMs: undefined,
    trial: undefined,
    trials: 0,
    trialAtMs: undefined,
    briefing: false,
    briefStale: false,
    notes: [],
    givenMs: 0,
    callerSpeaking: false,
    cutAtMs: undefined,
    turns: {},
    digits: "",
    digitsAtMs: undefined,
    digitsHeld: false,
    secret: undefined,
    lately: { assistant: [], caller: [], echoes: 0 },
    choosing: undefined,
    otherLanguage: undefined,
    phrasesLanguage: facts.language,
    greetingLanguage: facts.language,
    phrasesByMs: undefined,
    picked: {},
    random: facts.seed >>> 0,
    responses: [],
    floor: undefined,
    lastSpokenResponse: undefined,
    requested: false,
    announcing: false,
    next: undefined,
    announcement: undefined,
    failures: 0,
    waitingSinceMs: undefined,
    waitingPhraseSaid: false,
    thinkingUntilMs: undefined,
    hardTimeouts: 0,
    utterances: [],
    playback: silent,
    tools: [],
    silencePrompts: 0,
    lastActivityMs: 0,
    afterwards: undefined,
    transferUntilMs: undefined,
    handover: facts.colleague === undefined ? undefined : { to: facts.colleague, briefing: "", state: "taken", untilMs: 0 },
    lineLostMs: undefined,
    lineOwes: false,
    leaveByMs: undefined,
    hungUp: false,
    lineClosed: false,
  };
}
