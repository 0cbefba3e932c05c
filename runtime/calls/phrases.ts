/** The sentences that are ours and not the model's, in the default languages; any other language falls back to English. */
const greetings: Readonly<Record<string, (name: string, company: string) => string>> = {
  en: (name, company) => `Hello, I'm ${name} from ${company}. How can I help you?`,
  fr: (name, company) => `Bonjour, je suis ${name}, de ${company}. Comment puis-je vous aider ?`,
  es: (name, company) => `Hola, soy ${name}, de ${company}. ¿En qué puedo ayudarle?`,
  zh: (name, company) => `您好，我是${company}的${name}。请问有什么可以帮您？`,
  de: (name, company) => `Guten Tag, ich bin ${name} von ${company}. Wie kann ich Ihnen helfen?`,
};

const again: Readonly<Record<string, string>> = {
  en: "Hello again. Shall we go on where we stopped?",
  fr: "Rebonjour. Reprenons-nous là où nous nous étions arrêtés ?",
  es: "Hola de nuevo. ¿Seguimos donde lo dejamos?",
  zh: "您好，我们接着刚才的内容继续，好吗？",
  de: "Guten Tag noch einmal. Machen wir dort weiter, wo wir aufgehört haben?",
};

const language = (shortCode: string): string => shortCode.split("-")[0] ?? "en";

/** The first words of a call. `shortCode` is BCP 47, such as `fr-FR`. */
export function greeting(shortCode: string, name: string, company: string): string {
  return (greetings[language(shortCode)] ?? greetings.en!)(name, company);
}

/** The first words when the conversation goes on after a break. */
export const welcomeBack = (shortCode: string): string => again[language(shortCode)] ?? again.en!;
