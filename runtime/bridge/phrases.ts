/**
 * What the assistant says without being asked, in the caller's language. The voice model speaks it; the words are ours, so that a caller
 * hears the same company every time.
 */

export interface Phrases {
  readonly waiting: string;
  readonly apology: string;
  readonly silence: string;
  readonly goodbye: (company: string) => string;
}

const english: Phrases = {
  waiting: "One moment please, I am looking into it.",
  apology: "I am sorry, that did not work. Could you say it again?",
  silence: "Are you still there?",
  goodbye: (company) => `Thank you for calling ${company}. Goodbye!`,
};

const byLanguage: Readonly<Record<string, Phrases>> = {
  en: english,
  fr: {
    waiting: "Un instant s'il vous plaît, je regarde.",
    apology: "Je suis désolée, cela n'a pas fonctionné. Pouvez-vous répéter ?",
    silence: "Êtes-vous toujours là ?",
    goodbye: (company) => `Merci d'avoir appelé ${company}. Au revoir !`,
  },
  es: {
    waiting: "Un momento por favor, lo estoy comprobando.",
    apology: "Lo siento, no ha funcionado. ¿Puede repetirlo?",
    silence: "¿Sigue ahí?",
    goodbye: (company) => `Gracias por llamar a ${company}. ¡Adiós!`,
  },
  de: {
    waiting: "Einen Moment bitte, ich sehe nach.",
    apology: "Entschuldigung, das hat nicht geklappt. Können Sie es bitte wiederholen?",
    silence: "Sind Sie noch da?",
    goodbye: (company) => `Vielen Dank für Ihren Anruf bei ${company}. Auf Wiederhören!`,
  },
  zh: {
    waiting: "请稍等，我正在查看。",
    apology: "抱歉，刚才出了问题。您能再说一遍吗？",
    silence: "您还在吗？",
    goodbye: (company) => `感谢您致电${company}。再见！`,
  },
};

/** The phrases of a language (BCP 47); English for one that has none of its own. */
export function phrasesIn(language: string): Phrases {
  return byLanguage[language.split("-")[0] ?? ""] ?? english;
}
