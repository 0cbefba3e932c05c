/** The same message as other hands or mouths would give it: mistyped, without capitals or signs, spoken, or politely wrapped. */
import type { Random } from "../../training/random.ts";

interface Manner {
  readonly filler: string;
  readonly before: string;
  readonly after: string;
}

/** What people say while they think, and around a request, by language. */
const manners: Readonly<Record<string, Manner>> = {
  en: { filler: "um, so, ", before: "Could you please help me with this? ", after: " Thank you!" },
  fr: { filler: "euh, alors, ", before: "Pourriez-vous m'aider, s'il vous plaît ? ", after: " Merci !" },
  es: { filler: "eh, pues, ", before: "¿Me puedes ayudar, por favor? ", after: " ¡Gracias!" },
  de: { filler: "ähm, also, ", before: "Könnten Sie mir bitte helfen? ", after: " Danke!" },
  it: { filler: "ehm, allora, ", before: "Potresti aiutarmi, per favore? ", after: " Grazie!" },
  pt: { filler: "é, então, ", before: "Você pode me ajudar, por favor? ", after: " Obrigado!" },
  nl: { filler: "eh, dus, ", before: "Kun je me alsjeblieft helpen? ", after: " Bedankt!" },
  pl: { filler: "no, więc, ", before: "Czy możesz mi pomóc? ", after: " Dziękuję!" },
  sv: { filler: "öh, alltså, ", before: "Kan du hjälpa mig, tack? ", after: " Tack!" },
  ru: { filler: "ну, это, ", before: "Помогите, пожалуйста. ", after: " Спасибо!" },
  zh: { filler: "嗯，那个，", before: "请帮我一下。", after: "谢谢！" },
  ja: { filler: "えっと、", before: "すみません、お願いがあります。", after: "ありがとうございます。" },
  ar: { filler: "يعني، ", before: "هل يمكنك مساعدتي من فضلك؟ ", after: " شكرا!" },
  tr: { filler: "şey, yani, ", before: "Bana yardım eder misin lütfen? ", after: " Teşekkürler!" },
  hi: { filler: "अच्छा, तो, ", before: "कृपया मेरी मदद करें। ", after: " धन्यवाद!" },
  ko: { filler: "음, 그, ", before: "도와주실 수 있나요? ", after: " 감사합니다!" },
};

export const languages: readonly string[] = Object.keys(manners);

/** By name; what a variant cannot change it gives back as it was. */
export const variants = {
  typos: (text: string, _language: string, random: Random) => mistyped(text, random),
  "lower case": (text: string) => text.toLowerCase(),
  capitals: (text: string) => text.toUpperCase(),
  "no punctuation": (text: string) => text.replace(/[.,;:!?¿¡…。，！？、؟।]+(?=\s|$)|[¿¡]|[。，！？、]/gu, ""),
  "filler words": (text: string, language: string) => `${mannerOf(language).filler}${text}`,
  "polite wrapping": (text: string, language: string) => `${mannerOf(language).before}${text}${mannerOf(language).after}`,
} as const satisfies Record<string, (text: string, language: string, random: Random) => string>;

function mannerOf(language: string): Manner {
  const manner = manners[language];
  if (!manner) throw new Error(`language "${language}" has no filler and no polite words; there are ${languages.join(", ")}.`);
  return manner;
}

/** Two neighbouring letters change places in one long word of five, in at least one. Scripts whose signs are words are left alone. */
function mistyped(text: string, random: Random): string {
  const words = text.split(/(\s+)/u);
  const long = words.flatMap((word, at) =>
    /^[^\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]*$/u.test(word) && /^\p{L}{5,}/u.test(word) ? [at] : [],
  );
  for (let left = Math.ceil(long.length / 5); left > 0; left--) {
    const at = long.splice(random.whole(0, long.length - 1), 1)[0]!;
    const letters = [...words[at]!];
    const place = random.whole(1, 3);
    [letters[place], letters[place + 1]] = [letters[place + 1]!, letters[place]!];
    words[at] = letters.join("");
  }
  return words.join("");
}
