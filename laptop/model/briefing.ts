/** What a colleague who takes the call over is told first. */
import { claimOf } from "./claim.ts";
import { type Conversation, type LanguageCode, parameterOf, saidBy } from "./conversation.ts";
import { phrase } from "./phrases.ts";
import { progressText } from "./summary.ts";

const longest = 500;
const languageNamed: Readonly<Record<string, LanguageCode>> = {
  English: "en",
  French: "fr",
  Spanish: "es",
  Chinese: "zh",
  German: "de",
};

/** The caller's own words and what is noted, in the language the tool asks for; undefined where it takes no briefing. */
export function briefingFor(conversation: Conversation): string | undefined {
  const wanted = parameterOf(conversation.tools, "talk_to_human", "briefing");
  if (!wanted) return undefined;
  const named = /\bin (English|French|Spanish|Chinese|German)\b/.exec(String(wanted.description ?? ""))?.[1] ?? "English";
  const language = languageNamed[named] ?? "en";
  const story = saidBy("caller", conversation.items).find((words) => words.split(/\s+/).length > 3);
  const { known, missing } = claimOf(conversation);
  const noted = progressText({ known: [...known], missing: missing.map(({ name }) => name) }, language, longest);
  const said = story ? phrase(language, "briefing", { words: story.slice(0, 200) }) : "";
  return [said, noted].filter(Boolean).join(" ") || phrase(language, "withoutWords");
}
