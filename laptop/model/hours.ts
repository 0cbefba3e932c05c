/** The time of day as people say it: "at 3 pm", "10 in the evening", "à 15h30", "um 8 Uhr", "下午3点". Numbers must be digits already. */

const morning =
  /\b(in the|this) morning\b|\b(du|ce|au) matin\b|\b(de|por) la (mañana|madrugada)\b|\besta mañana\b|\b(morgens|vormittags|am (morgen|vormittag))\b|上午|早上|凌晨/i;
const later =
  /\b(afternoon|evening|tonight|après-midi|soir|soirée|de la tarde|esta tarde|nachmittags?|abends?)\b|下午|晚上|傍晚|昨晚/i;
const night = /\b(at night|last night|in the night|nuit|de la noche|anoche|esta noche|nachts?)\b|夜里/i;

const noon = /\b(at noon|midday|à midi|al mediodía|mittags)\b|中午/i;
const midnight = /\b(at midnight|à minuit|a medianoche|um mitternacht)\b|午夜/i;

const times: readonly RegExp[] = [
  /\b(\d{1,2})(?:[:.h](\d{2}))?\s*(am|pm|a\.m\.|p\.m\.)/i,
  /\bhalf past (\d{1,2})()(?!\d)/i,
  /\b(\d{1,2})\s*[:h]\s*(\d{2})\b/i,
  /\b(\d{1,2})\s*(?:heures?|uhr)\s+(?:et\s+)?(\d{2}|demie|quart)(?![\p{L}\d])/iu,
  /\ba las? (\d{1,2}) y (\d{2}|media|cuarto)(?![\p{L}\d])/iu,
  /\b(\d{1,2})\s*(?:h|heures?|uhr|o'clock)(?![\p{L}])/iu,
  /\b(?:at|around|about|by|a las?|um|gegen|vers|à)\s+(\d{1,2})(?:\s+(\d{2}))?(?!\d|[/.-]\d|\s*(?:[\p{L}]+\s+)?(?:street|road|lane|avenue|rue|calle|days?|jours?|d[ií]as|tage))/iu,
  /\b(\d{1,2})(?=\s+(?:in the|at night|du (?:matin|soir)|de la (?:mañana|tarde|noche)|morgens|abends|nachts))/i,
  /(\d{1,2})点(\d{2}|半)?/,
];

const fractions: Readonly<Record<string, number>> = { demie: 30, media: 30, 半: 30, quart: 15, cuarto: 15 };

/** Hours and minutes, `22:00`; undefined when the words name none. */
export function hourIn(words: string): string | undefined {
  for (const pattern of times) {
    const found = pattern.exec(words);
    if (!found) continue;
    const half = /^half past/i.test(found[0]);
    const minute = half ? 30 : (fractions[found[2] ?? ""] ?? Number(found[2] ?? 0));
    const hour = onTheClock(Number(found[1]), found[3] ?? "", words);
    if (hour < 24 && minute < 60) return `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`;
  }
  if (noon.test(words)) return "12:00";
  return midnight.test(words) ? "00:00" : undefined;
}

/** The hour of 24 that a said hour means, by "am" and "pm" or by the part of the day it is said with. */
function onTheClock(hour: number, meridiem: string, words: string): number {
  if (meridiem) return (hour % 12) + (/^p/i.test(meridiem) ? 12 : 0);
  if (hour > 12 || morning.test(words)) return hour;
  if (night.test(words)) return hour === 12 ? 0 : hour < 6 ? hour : hour + 12;
  return later.test(words) && hour < 12 ? hour + 12 : hour;
}
