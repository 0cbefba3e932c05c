/** What is said on the phone without a model, in every language: the customer's own phrasings over ours, translated where nobody wrote them. */
import { createHash } from "node:crypto";
import type { TokenCredential } from "@azure/identity";
import createTranslator, { isUnexpected } from "@azure-rest/ai-translation-text";
import type { Agent } from "../agent.ts";
import { type PhraseBook, type PhraseName, phraseNames } from "../calls/phrase-book.ts";
import { english, filled, type Templates, writtenIn } from "../calls/phrases.ts";
import type { Cache } from "./redis.ts";

/** The phrases of a call in `language` (BCP 47), names in place; English where translation fails. Never rejects. */
export type PhraseLibrary = (language: string, agent: Agent) => Promise<PhraseBook>;

/** English texts with `{placeholders}` in another language, `to` by Translator's own name for it; in order, placeholders kept. */
export type Translate = (texts: readonly string[], to: string) => Promise<readonly string[]>;

const dayMs = 86_400_000;
/** A translation that failed is not tried again by every call that begins. */
const failureMs = 60_000;
/** Agents come with calls, so what they say is bounded here: a few dozen customers in all their languages. */
const mostKept = 500;
const timeoutMs = 5_000;

/** Phrases through Azure Translator, each translation kept for a day in `cache` and in this process. */
export function openPhrases(
  settings: { TRANSLATOR_ENDPOINT: string },
  credential: TokenCredential,
  cache: Pick<Cache, "get" | "set">,
): PhraseLibrary {
  return phraseLibrary(openTranslate(settings, credential), cache, () => Date.now());
}

export function phraseLibrary(translate: Translate, cache: Pick<Cache, "get" | "set">, nowMs: () => number): PhraseLibrary {
  const kept = new Map<string, { readonly texts: Promise<readonly string[]>; untilMs: number }>();

  async function looked(key: string, texts: readonly string[], to: string): Promise<readonly string[]> {
    const known = await cache.get(key);
    if (known !== undefined) return JSON.parse(known) as string[];
    const translated = (await translate(texts, to)).map((text, at) => faithful(text, texts[at] ?? ""));
    if (translated.length !== texts.length) throw new Error("Translator answered another number of texts than it was sent.");
    await cache.set(key, JSON.stringify(translated), dayMs);
    return translated;
  }

  function translated(texts: readonly string[], to: string): Promise<readonly string[]> {
    const key = `phrases:${to}:${createHash("sha256").update(JSON.stringify(texts)).digest("hex")}`;
    const before = kept.get(key);
    if (before && before.untilMs > nowMs()) return before.texts;
    kept.delete(key);
    const entry = {
      untilMs: nowMs() + dayMs,
      texts: looked(key, texts, to).catch(() => {
        entry.untilMs = nowMs() + failureMs;
        return texts;
      }),
    };
    kept.set(key, entry);
    for (const oldest of kept.keys()) if (kept.size > mostKept) kept.delete(oldest);
    return entry.texts;
  }

  return async (language, agent) => {
    const written = writtenIn(language);
    const to = translatorLanguage(language);
    const foreign = phraseNames.flatMap((name) => sourcesOf(name, agent, written).map((text) => ({ name, text })));
    const texts = foreign.map(({ text }) => text);
    const results = texts.length === 0 || to === "en" ? texts : await translated(texts, to);
    const templates = phraseNames.map((name) => {
      const own = foreign.flatMap((each, at) => (each.name === name ? [results[at] ?? each.text] : []));
      return [name, own.length > 0 ? own : (written ?? english)[name]] as const;
    });
    return filled(Object.fromEntries(templates) as unknown as Templates, agent);
  };
}

/** The English texts that a phrase has to be translated from: the customer's, or ours where we did not write the language ourselves. */
const sourcesOf = (name: PhraseName, { phrases }: Agent, written: Templates | undefined): readonly string[] =>
  phrases[name] ?? (written ? [] : english[name]);

/** A translation that lost a name's or a key's place is worse than English. */
const faithful = (text: string, source: string): string =>
  String(placeholdersOf(text)) === String(placeholdersOf(source)) ? text : source;
const placeholdersOf = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();

/**
 * Translator's name of a language: mostly the language alone. A script decides where one is written in two, and two countries have their own
 * (learn.microsoft.com/azure/ai-services/translator/language-support).
 */
export function translatorLanguage(shortCode: string): string {
  const { language, script, region } = new Intl.Locale(shortCode).maximize();
  if (language === "zh" || language === "sr") return `${language}-${script}`;
  if (language === "no") return "nb";
  return (language === "pt" && region === "PT") || (language === "fr" && region === "CA") ? `${language}-${region}` : language;
}

/** Placeholders travel as marked spans of HTML, which Translator carries over untouched (its guide "Prevent translation of content"). */
function openTranslate({ TRANSLATOR_ENDPOINT }: { TRANSLATOR_ENDPOINT: string }, credential: TokenCredential): Translate {
  const client = createTranslator(TRANSLATOR_ENDPOINT, credential, { retryOptions: { maxRetries: 1 } });
  return async (texts, to) => {
    const inputs = texts.map((text) => ({
      text: marked(text),
      language: "en",
      textType: "Html" as const,
      targets: [{ language: to }],
    }));
    const answer = await client.path("/translate").post({ body: { inputs }, abortSignal: AbortSignal.timeout(timeoutMs) });
    if (isUnexpected(answer)) throw new Error(`Translator answered ${answer.status}.`);
    return answer.body.value.map(({ translations: [first] }) => unmarked(first?.text ?? ""));
  };
}

const marked = (text: string): string =>
  text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll(/\{\w+\}/g, (placeholder) => `<span class="notranslate">${placeholder}</span>`);

const unmarked = (html: string): string =>
  html
    .replaceAll(/<[^>]*>/g, "")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");
