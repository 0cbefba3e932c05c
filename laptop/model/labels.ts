/** What the fields of a claim are called in a text message or a report; fields of one's own by their name. */
import type { LanguageCode } from "./conversation.ts";

const labels: Readonly<Record<Exclude<LanguageCode, "en">, Readonly<Record<string, string>>>> = {
  fr: {
    incident_datetime: "date",
    incident_description: "événement",
    incident_location: "lieu",
    injuries: "blessés",
    involved_parties: "autres personnes concernées",
    medical_records: "documents médicaux",
    policy_number: "numéro de contrat",
    pre_existing_damages: "dégâts antérieurs",
    witnesses: "témoins",
    policyholder_email: "e-mail",
    policyholder_name: "nom",
    policyholder_phone: "téléphone",
  },
  es: {
    incident_datetime: "fecha",
    incident_description: "suceso",
    incident_location: "lugar",
    injuries: "heridos",
    involved_parties: "otros implicados",
    medical_records: "informes médicos",
    policy_number: "número de póliza",
    pre_existing_damages: "daños anteriores",
    witnesses: "testigos",
    policyholder_email: "correo",
    policyholder_name: "nombre",
    policyholder_phone: "teléfono",
  },
  zh: {
    incident_datetime: "时间",
    incident_description: "事件",
    incident_location: "地点",
    injuries: "伤者",
    involved_parties: "其他相关人",
    medical_records: "病历",
    policy_number: "保单号",
    pre_existing_damages: "之前的损坏",
    witnesses: "目击者",
    policyholder_email: "邮箱",
    policyholder_name: "姓名",
    policyholder_phone: "电话",
  },
  de: {
    incident_datetime: "Datum",
    incident_description: "Ereignis",
    incident_location: "Ort",
    injuries: "Verletzte",
    involved_parties: "Beteiligte",
    medical_records: "ärztliche Unterlagen",
    policy_number: "Policennummer",
    pre_existing_damages: "Vorschäden",
    witnesses: "Zeugen",
    policyholder_email: "E-Mail",
    policyholder_name: "Name",
    policyholder_phone: "Telefon",
  },
};

export function labelOf(name: string, language: LanguageCode): string {
  return (language === "en" ? undefined : labels[language][name]) ?? name.replaceAll("_", " ");
}
