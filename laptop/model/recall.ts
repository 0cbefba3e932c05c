/** What the caller asks about the conversation itself, answered from it: what they are called, what they said before. */
import { type Item, type LanguageCode, saidBy } from "./conversation.ts";

interface Memory {
  /** Captures the name. */
  readonly introduction: RegExp;
  readonly asksName: RegExp;
  readonly asksWords: RegExp;
  readonly name: (name: string) => string;
  readonly words: (words: string) => string;
}

const named = "([\\p{Lu}][\\p{L}'’-]*)";

const memories: Readonly<Record<LanguageCode, Memory>> = {
  en: {
    introduction: new RegExp(`\\b(?i:my name is|my name's|I am called|call me) ${named}`, "u"),
    asksName: /\bwhat(?:'s| is) my name\b/i,
    asksWords: /\bwhat did I (?:just )?(?:say|ask|tell)\b/i,
    name: (name) => `Your name is ${name}.`,
    words: (words) => `Before that you said: ${words}`,
  },
  fr: {
    introduction: new RegExp(`\\b(?i:je m['’]appelle|mon nom est) ${named}`, "u"),
    asksName: /comment (?:est-ce que )?je m['’]appelle|quel est mon nom/i,
    asksWords: /qu['’]est-ce que j['’]ai (?:dit|demandé)|qu['’]ai-je (?:dit|demandé)/i,
    name: (name) => `Vous vous appelez ${name}.`,
    words: (words) => `Avant cela, vous avez dit : ${words}`,
  },
  es: {
    introduction: new RegExp(`\\b(?i:me llamo|mi nombre es) ${named}`, "u"),
    asksName: /cómo me llamo|cuál es mi nombre/i,
    asksWords: /qué (?:he dicho|dije|he preguntado)/i,
    name: (name) => `Usted se llama ${name}.`,
    words: (words) => `Antes de eso dijo: ${words}`,
  },
  de: {
    introduction: new RegExp(`\\b(?i:ich heiße|mein Name ist) ${named}`, "u"),
    asksName: /wie heiße ich|wie ist mein name/i,
    asksWords: /was habe ich (?:gerade )?(?:gesagt|gefragt)/i,
    name: (name) => `Sie heißen ${name}.`,
    words: (words) => `Davor sagten Sie: ${words}`,
  },
  zh: {
    introduction: /我叫(\p{Script=Han}{2,4})/u,
    asksName: /我叫什么|我的名字是什么/,
    asksWords: /我(?:刚才)?说了什么/,
    name: (name) => `您叫${name}。`,
    words: (words) => `您之前说：${words}`,
  },
};

/** The answer; undefined when nothing of the kind is asked, or nothing was said that would answer it. */
export function recalled(words: string, items: readonly Item[], language: LanguageCode): string | undefined {
  const { introduction, asksName, asksWords, name, words: repeated } = memories[language];
  const before = saidBy("caller", items).slice(0, -1).reverse();
  if (asksName.test(words)) {
    const given = before.map((each) => introduction.exec(each)?.[1]).find((each) => each !== undefined);
    return given && name(given);
  }
  return asksWords.test(words) && before[0] ? repeated(before[0]) : undefined;
}
