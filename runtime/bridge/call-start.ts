/** What a call's session is told before its first sound: from the record, the flags and the phrases of its language. */
import type { Agent } from "../agent.ts";
import type { Call } from "../calls/call.ts";
import { languageMenu } from "../calls/language-menu.ts";
import type { Line } from "../calls/line.ts";
import type { PhraseBook } from "../calls/phrase-book.ts";
import { phrasesIn } from "../calls/phrases.ts";
import { isEarlier } from "../calls/resume.ts";
import type { Flags } from "../flags.ts";
import type { FlagReader } from "../services/flags.ts";
import type { Clock } from "./clock.ts";
import type { CallFacts } from "./session-state.ts";

/** Phrases in a language (BCP 47), kept by whoever gives them. */
export type Phrases = (language: string, agent: Agent) => Promise<PhraseBook>;

export interface CallStart {
  readonly flags: Flags;
  readonly phrases: PhraseBook;
  /** The phrases are our own, since those of the call's language did not come in time. */
  readonly makeshift: boolean;
  /** The words that ask for the caller's language; absent when it is known. */
  readonly languageMenu: string | undefined;
  /** The call was in progress elsewhere. */
  readonly resumed: boolean;
  /** Who took the call before it came here, and is still on the line with the caller. */
  readonly colleague?: string;
}

/** A caller waits for the first words. The phrases are kept for a day, so that they are nearly always there at once. */
const phrasesWithinMs = 300;

export interface StartServices {
  readonly flags: FlagReader;
  readonly phrases: Phrases;
  readonly clock: Clock;
}

/** `line` is what the network last said of the call's line, where it says so. */
export async function startOf(call: Call, resumed: boolean, services: StartServices, line: Line = {}): Promise<CallStart> {
  const { initiate, lang_short_code } = call;
  const asks = !resumed && asksForLanguage(call);
  const codes = asks ? initiate.lang.availables.map((each) => each.short_code) : [];
  const [flags, own, ...others] = await Promise.all([
    services.flags(),
    ...[lang_short_code, ...codes].map((code) => inTime(services, code, initiate)),
  ]);
  const books = new Map(codes.map((code, at) => [code, others[at] ?? phrasesIn(code, initiate)]));
  return {
    flags,
    phrases: own ?? phrasesIn(lang_short_code, initiate),
    makeshift: own === undefined,
    languageMenu: asks ? languageMenu(initiate, books) : undefined,
    resumed,
    ...(resumed && call.handover?.state === "taken" && line.roster?.accompanied !== false ? { colleague: call.handover.to } : {}),
  };
}

/**
 * Callers choose once: whoever has proven to be the person who chose before is not asked again. That person's language is only told from the
 * default when it is another one.
 */
function asksForLanguage({ direction, verified, lang_short_code, initiate: { lang } }: Call): boolean {
  const isRemembered = verified === true && lang_short_code !== lang.default_short_code;
  return direction === "inbound" && lang.choice === "ask" && lang.availables.length > 1 && !isRemembered;
}

function inTime({ phrases, clock }: StartServices, code: string, agent: Agent): Promise<PhraseBook | undefined> {
  return new Promise((resolve) => {
    const cancel = clock.after(phrasesWithinMs, () => resolve(undefined));
    const settle = (book?: PhraseBook) => {
      cancel();
      resolve(book);
    };
    phrases(code, agent).then(settle, () => settle());
  });
}

/** `seed` is any whole number. */
export function factsOf(call: Call, start: CallStart, line: Pick<CallFacts, "engines" | "carried" | "warm" | "seed">): CallFacts {
  const { initiate } = call;
  return {
    ...line,
    callId: call.call_id,
    flags: start.flags,
    language: call.lang_short_code,
    speed: initiate.prosody_rate,
    greeting: greetingFrom(call, start.phrases, line.seed),
    company: initiate.bot_company,
    phrases: start.phrases,
    languages: initiate.lang.availables.map((each) => ({ shortCode: each.short_code, names: each.pronunciations_en })),
    languageMenu: start.languageMenu,
    secretKeys: initiate.secure_digits.length > 0,
    longestMs: initiate.maximum_call_min * 60_000,
    resumed: start.resumed,
    ...(start.colleague === undefined ? {} : { colleague: start.colleague }),
  };
}

/** The first words; other ones to a caller whose conversation goes on. */
function greetingFrom({ messages, resumes }: Call, phrases: PhraseBook, seed: number): string {
  const spoken = messages.some((each) => each.persona === "human" && each.action !== "call" && !isEarlier(each));
  const greetings = spoken || resumes ? phrases.hello_again_tpl : phrases.hello_tpl;
  return greetings[seed % greetings.length] ?? greetings[0];
}
