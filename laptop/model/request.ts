/** Instructions of one response: words to say as they are, or an occasion that has a sentence. */
import type { LanguageCode } from "./conversation.ts";
import { phrase } from "./phrases.ts";

const stillThere: Readonly<Record<LanguageCode, string>> = {
  en: "Are you still there?",
  fr: "Êtes-vous toujours là ?",
  es: "¿Sigue ahí?",
  zh: "您还在吗？",
  de: "Sind Sie noch da?",
};

const endsSoon: Readonly<Record<LanguageCode, string>> = {
  en: "Our conversation ends soon.",
  fr: "Notre conversation se termine bientôt.",
  es: "Nuestra conversación termina pronto.",
  zh: "我们的谈话即将结束。",
  de: "Unser Gespräch endet bald.",
};

/** What to say, or nothing when the request is about how to answer rather than what. */
export function requested(request: string, language: LanguageCode): string | undefined {
  const quoted = /\b(?:say|speak|read|greet|tell|repeat|words)\b[^"“«]{0,200}["“«]([\s\S]+)["”»]/i.exec(request)?.[1]?.trim();
  if (quoted) return quoted;
  const plain = /\b(?:say|read)(?: only| exactly| this| these words| the following| out loud| aloud| verbatim)*\s*:\s*([\s\S]+)$/i
    .exec(request)?.[1]
    ?.trim();
  if (plain) return plain;
  if (/\bstill there|silen(t|ce)\b/i.test(request)) return stillThere[language];
  if (/\bconversation ends (soon|within)\b/i.test(request)) return endsSoon[language];
  if (/\bgoodbye\b/i.test(request)) return phrase(language, "goodbye");
  return undefined;
}
