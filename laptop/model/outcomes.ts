/** What a tool answered, in words for the caller. Its own text is for the model and is not read aloud, since it may be about the machinery. */
import { refusedFields, requestedUpdates } from "./claim.ts";
import type { LanguageCode, Turn } from "./conversation.ts";
import { answerFrom, lookupFailed } from "./documents.ts";
import type { Update } from "./extract.ts";
import type { Field } from "./field.ts";
import { isOffer, typedOutcome } from "./keypad.ts";
import type { PhraseName } from "./phrases/english.ts";
import { phrase } from "./phrases.ts";

export interface Outcome {
  readonly words: string;
  /** The caller may want to be called back instead. */
  readonly failed: boolean;
  /** The field whose value was turned down: asked for again at once. */
  readonly again?: Field | undefined;
  /** The words end in a question of their own. */
  readonly asks?: boolean;
}

export interface Asked {
  readonly language: LanguageCode;
  /** What the caller said. */
  readonly words: string;
  readonly fields: readonly Field[];
}

/** Spoken, some twenty seconds of the stand-in's voice. */
const longestAnswer = 300;

export function outcomeOf(call: Turn["calls"][number], asked: Asked): Outcome {
  const output = call.output ?? "";
  const say = (name: PhraseName, values?: Readonly<Record<string, string>>): string => phrase(asked.language, name, values);
  // What stands in quotes is the caller's, who may say "not" as well.
  const told = output.replace(/"(?:[^"\\]|\\.)*"/g, "");
  const refused = /\b(not|cannot|could not|nothing (was|is)|no person|failed|error|no tool)\b/i.test(told);
  const well = (words: string): Outcome => ({ words, failed: false });
  switch (call.name) {
    case "updated_claim":
      return claimOutcome(call.arguments, output, asked);
    case "search_document":
    case "search_documents": {
      if (lookupFailed(output)) return { words: say("lookupFailed"), failed: true };
      const answer = answerFrom(output, asked.words);
      return well(answer ? say("fromDocuments", { answer }) : say("noDocuments"));
    }
    case "ask_expert":
      // The expert's words are an answer in full, whatever they deny.
      return /^The (tool|expert) (failed|takes|was)\b/.test(output)
        ? { words: say("toolFailed"), failed: true }
        : { words: output.slice(0, longestAnswer), failed: false, asks: true };
    case "talk_to_human":
      return refused ? { words: say("humanFailed"), failed: true } : well("");
    case "speech_lang":
      return well(say(refused ? "languageMissing" : "languageNow"));
    case "notify_emergencies":
      return well(refused ? "" : say("notified", { output }));
    case "recording_consent":
      if (/\bnot recorded any more\b/.test(output))
        return well(say(/\bstays kept\b/.test(output) ? "recordingOver" : "recordingGone"));
      if (/\bnot recorded\b/.test(output)) return well(say("recordingOff"));
      return well(say(/\brecorded from now on\b/.test(output) ? "recordingOn" : refused ? "toolFailed" : "noted"));
    case "continue_last_conversation":
    case "collect_digits": {
      // Still being typed.
      if (!output || /\bnot answered yet\b/.test(output)) return { words: "", failed: false, asks: true };
      const name = typedOutcome(call.name, output);
      return { words: say(name), failed: false, asks: isOffer(name) };
    }
    case "end_call":
      return well("");
  }
  if (refused) return { words: say("toolFailed"), failed: call.name !== "new_or_updated_reminder" };
  if (call.name === "send_sms") return well(say("smsSent"));
  if (call.name === "speech_speed") return well(say("speedNow"));
  if (call.name === "new_claim") return well(say("newClaim"));
  if (call.name === "new_or_updated_reminder") return well(say("reminderSet", { title: say("reminderTitle") }));
  return well(output.slice(0, longestAnswer));
}

const faults: Readonly<Record<Field["type"], PhraseName>> = {
  email: "badEmail",
  phone_number: "badPhone",
  datetime: "badDate",
  text: "notNoted",
};

/** Nothing is called noted that the tool turned down; what is wrong is told by the field's form. */
function claimOutcome(given: string, output: string, { language, fields }: Asked): Outcome {
  const requested = requestedUpdates(given);
  const refused = refusedFields(output);
  const turnedDown = requested.filter(({ field }) => refused.has(field));
  const nothingDone = requested.length === 0 || (turnedDown.length === 0 && lookupFailed(output));
  if (nothingDone) return { words: phrase(language, "toolFailed"), failed: false };
  const again = fields.filter(({ name }) => turnedDown.some(({ field }) => field === name));
  const types = new Set(again.map(({ type }) => type));
  const written = requested.filter(({ field }) => !refused.has(field));
  const noted = written.length > 0 ? [notedWords(written, fields, language)] : [];
  return {
    words: [...noted, ...[...types].map((type) => phrase(language, faults[type]))].join(" "),
    failed: false,
    again: again[0],
  };
}

/** One value that is easily misheard is read back; a story is not. */
function notedWords(written: readonly Update[], fields: readonly Field[], language: LanguageCode): string {
  const [only, ...more] = written;
  const type = fields.find(({ name }) => name === only?.field)?.type;
  if (!only || more.length > 0 || (type === "text" && !/number|name$/.test(only.field))) return phrase(language, "noted");
  const value = type === "datetime" ? spokenMoment(only.value, language) : only.value;
  return phrase(language, "notedValue", { value });
}

/** A stored moment as one says it: "Saturday 21 November, 22:00". */
function spokenMoment(value: string, language: LanguageCode): string {
  const at = new Date(value);
  const form = { weekday: "long", day: "numeric", month: "long", hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
  return Number.isNaN(at.getTime())
    ? value
    : new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, { ...form, timeZone: "UTC" }).format(at);
}
