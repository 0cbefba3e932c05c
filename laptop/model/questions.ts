/** How the stand-in model asks for a field of the claim: known fields in a sentence of their own, others by their name. */

import type { LanguageCode } from "./conversation.ts";
import type { Field } from "./field.ts";

type Questions = Readonly<Record<string, string>>;

const questions: Readonly<Record<LanguageCode, Questions>> = {
  en: {
    incident_datetime: "When did it happen?",
    incident_description: "What happened?",
    incident_location: "Where did it happen?",
    injuries: "Is anyone injured?",
    involved_parties: "Who else is involved?",
    medical_records: "Are there any medical records?",
    policy_number: "What is your policy number?",
    pre_existing_damages: "Was there any damage before?",
    witnesses: "Did anyone see it?",
    policyholder_email: "What is your email address?",
    policyholder_name: "What is your name?",
    policyholder_phone: "What is your phone number?",
  },
  fr: {
    incident_datetime: "Quand est-ce arrivé ?",
    incident_description: "Que s'est-il passé ?",
    incident_location: "Où est-ce arrivé ?",
    injuries: "Y a-t-il des blessés ?",
    involved_parties: "Qui d'autre est concerné ?",
    medical_records: "Existe-t-il des documents médicaux ?",
    policy_number: "Quel est votre numéro de contrat ?",
    pre_existing_damages: "Y avait-il déjà des dégâts avant ?",
    witnesses: "Y a-t-il des témoins ?",
    policyholder_email: "Quelle est votre adresse e-mail ?",
    policyholder_name: "Quel est votre nom ?",
    policyholder_phone: "Quel est votre numéro de téléphone ?",
  },
  es: {
    incident_datetime: "¿Cuándo ocurrió?",
    incident_description: "¿Qué ha pasado?",
    incident_location: "¿Dónde ocurrió?",
    injuries: "¿Hay algún herido?",
    involved_parties: "¿Quién más está implicado?",
    medical_records: "¿Hay informes médicos?",
    policy_number: "¿Cuál es su número de póliza?",
    pre_existing_damages: "¿Había daños anteriores?",
    witnesses: "¿Hay testigos?",
    policyholder_email: "¿Cuál es su correo electrónico?",
    policyholder_name: "¿Cómo se llama?",
    policyholder_phone: "¿Cuál es su número de teléfono?",
  },
  zh: {
    incident_datetime: "这是什么时候发生的？",
    incident_description: "发生了什么事？",
    incident_location: "事情发生在哪里？",
    injuries: "有人受伤吗？",
    involved_parties: "还有谁涉及此事？",
    medical_records: "有病历吗？",
    policy_number: "您的保单号是多少？",
    pre_existing_damages: "之前有损坏吗？",
    witnesses: "有目击者吗？",
    policyholder_email: "您的电子邮箱是什么？",
    policyholder_name: "请问您贵姓？",
    policyholder_phone: "您的电话号码是多少？",
  },
  de: {
    incident_datetime: "Wann ist es passiert?",
    incident_description: "Was ist passiert?",
    incident_location: "Wo ist es passiert?",
    injuries: "Ist jemand verletzt?",
    involved_parties: "Wer ist noch beteiligt?",
    medical_records: "Gibt es ärztliche Unterlagen?",
    policy_number: "Wie lautet Ihre Policennummer?",
    pre_existing_damages: "Gab es schon vorher Schäden?",
    witnesses: "Gibt es Zeugen?",
    policyholder_email: "Wie lautet Ihre E-Mail-Adresse?",
    policyholder_name: "Wie ist Ihr Name?",
    policyholder_phone: "Wie lautet Ihre Telefonnummer?",
  },
};

const anyField: Readonly<Record<LanguageCode, (label: string) => string>> = {
  en: (label) => `What should I note for "${label}"?`,
  fr: (label) => `Que dois-je noter pour « ${label} » ?`,
  es: (label) => `¿Qué debo anotar para «${label}»?`,
  zh: (label) => `“${label}”一项我该记什么？`,
  de: (label) => `Was soll ich zu „${label}“ notieren?`,
};

export function fieldQuestion({ name, description }: Field, language: LanguageCode): string {
  return questions[language][name] ?? anyField[language](description ?? name.replaceAll("_", " "));
}
