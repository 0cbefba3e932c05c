/** The product's own phone phrases in five languages: all this stand-in can translate. `{name}` stands for any words and is carried over. */

export const languages = ["en", "fr", "es", "de", "zh"] as const;
export type LanguageCode = (typeof languages)[number];
export type Phrase = Readonly<Record<LanguageCode, string>>;

export const phrases: readonly Phrase[] = [
  {
    en: "Hello, I'm {name} from {company}. How can I help you?",
    fr: "Bonjour, je suis {name}, de {company}. Comment puis-je vous aider ?",
    es: "Hola, soy {name}, de {company}. ¿En qué puedo ayudarle?",
    de: "Guten Tag, ich bin {name} von {company}. Wie kann ich Ihnen helfen?",
    zh: "您好，我是{company}的{name}。请问有什么可以帮您？",
  },
  {
    en: "Hello again. Shall we go on where we stopped?",
    fr: "Rebonjour. Reprenons-nous là où nous nous étions arrêtés ?",
    es: "Hola de nuevo. ¿Seguimos donde lo dejamos?",
    de: "Guten Tag noch einmal. Machen wir dort weiter, wo wir aufgehört haben?",
    zh: "您好，我们接着刚才的内容继续，好吗？",
  },
  {
    en: "One moment please, I am looking into it.",
    fr: "Un instant s'il vous plaît, je regarde.",
    es: "Un momento por favor, lo estoy comprobando.",
    de: "Einen Moment bitte, ich sehe nach.",
    zh: "请稍等，我正在查看。",
  },
  {
    en: "I am sorry, that did not work. Could you say it again?",
    fr: "Je suis désolée, cela n'a pas fonctionné. Pouvez-vous répéter ?",
    es: "Lo siento, no ha funcionado. ¿Puede repetirlo?",
    de: "Entschuldigung, das hat nicht geklappt. Können Sie es bitte wiederholen?",
    zh: "抱歉，刚才出了问题。您能再说一遍吗？",
  },
  {
    en: "Are you still there?",
    fr: "Êtes-vous toujours là ?",
    es: "¿Sigue ahí?",
    de: "Sind Sie noch da?",
    zh: "您还在吗？",
  },
  {
    en: "Thank you for calling {company}. Goodbye!",
    fr: "Merci d'avoir appelé {company}. Au revoir !",
    es: "Gracias por llamar a {company}. ¡Adiós!",
    de: "Vielen Dank für Ihren Anruf bei {company}. Auf Wiederhören!",
    zh: "感谢您致电{company}。再见！",
  },
  {
    en: "I am putting you through to a colleague. Please hold the line.",
    fr: "Je vous mets en relation avec un collègue. Ne quittez pas.",
    es: "Le paso con un compañero. No cuelgue, por favor.",
    de: "Ich verbinde Sie mit einem Kollegen. Bitte bleiben Sie in der Leitung.",
    zh: "我为您转接同事，请不要挂断。",
  },
  {
    en: "I am sorry, nobody is free at the moment.",
    fr: "Je suis désolée, personne n'est disponible pour le moment.",
    es: "Lo siento, ahora mismo no hay nadie disponible.",
    de: "Es tut mir leid, im Moment ist niemand frei.",
    zh: "抱歉，现在没有人可以接听。",
  },
  {
    en: "Press 1 to take the call, or 2 to decline.",
    fr: "Tapez 1 pour prendre l'appel, ou 2 pour le refuser.",
    es: "Pulse 1 para atender la llamada, o 2 para rechazarla.",
    de: "Drücken Sie 1, um den Anruf anzunehmen, oder 2, um ihn abzulehnen.",
    zh: "接听请按1，拒绝请按2。",
  },
  {
    en: "Sorry, the line was interrupted for a moment.",
    fr: "Pardon, la ligne a été interrompue un instant.",
    es: "Perdón, la línea se ha cortado un momento.",
    de: "Verzeihung, die Leitung war kurz unterbrochen.",
    zh: "抱歉，线路刚才中断了一下。",
  },
  {
    en: "All our colleagues are busy. We will call you back.",
    fr: "Tous nos collègues sont occupés. Nous vous rappellerons.",
    es: "Todos nuestros compañeros están ocupados. Le llamaremos.",
    de: "Alle Kolleginnen und Kollegen sprechen gerade. Wir rufen Sie zurück.",
    zh: "我们的同事都在忙，我们会给您回电。",
  },
  {
    en: "For {label}, press {index}.",
    fr: "Pour le {label}, tapez {index}.",
    es: "Para {label}, pulse {index}.",
    de: "Für {label} drücken Sie die {index}.",
    zh: "{label}请按{index}。",
  },
  {
    en: "I am sending you a text message.",
    fr: "Je vous envoie un SMS.",
    es: "Le envío un mensaje de texto.",
    de: "Ich schicke Ihnen eine SMS.",
    zh: "我正在给您发短信。",
  },
  {
    en: "This call is recorded.",
    fr: "Cet appel est enregistré.",
    es: "Esta llamada se graba.",
    de: "Dieser Anruf wird aufgezeichnet.",
    zh: "本次通话将被录音。",
  },
  {
    en: "I did not understand. Could you repeat, please?",
    fr: "Je n'ai pas compris. Pouvez-vous répéter, s'il vous plaît ?",
    es: "No he entendido. ¿Puede repetir, por favor?",
    de: "Das habe ich nicht verstanden. Können Sie es bitte wiederholen?",
    zh: "我没有听懂，请您再说一遍好吗？",
  },
];
