/** Dates as people say them, in five languages. A day without an hour is noon, so that a time zone does not move it. */

const dayMs = 86_400_000;

const relativeDays: readonly (readonly [RegExp, number])[] = [
  [/\b(day before yesterday|avant-hier|anteayer|vorgestern)\b|前天/i, -2],
  [/\b(yesterday|last night|hier|ayer|anoche|gestern)\b|昨天|昨晚/i, -1],
  [
    /\b(today|this (morning|afternoon|evening)|tonight|just now|aujourd'hui|ce (matin|soir)|cet après-midi|hoy|esta (mañana|tarde|noche)|heute)\b|今天|刚才/i,
    0,
  ],
  [/\b(day after tomorrow|après-demain|pasado mañana|übermorgen)\b|后天/i, 2],
  [/\b(tomorrow|demain|mañana)\b|(?<!guten )\bmorgen\b|明天/i, 1],
];

const weekdays: readonly RegExp[] = [
  /\b(sunday|dimanche|domingo|sonntag)\b|星期[日天]|周[日天]/i,
  /\b(monday|lundi|lunes|montag)\b|星期一|周一/i,
  /\b(tuesday|mardi|martes|dienstag)\b|星期二|周二/i,
  /\b(wednesday|mercredi|miércoles|mittwoch)\b|星期三|周三/i,
  /\b(thursday|jeudi|jueves|donnerstag)\b|星期四|周四/i,
  /\b(friday|vendredi|viernes|freitag)\b|星期五|周五/i,
  /\b(saturday|samedi|sábado|samstag)\b|星期六|周六/i,
];

const months: readonly RegExp[] = [
  /^(jan|ene)/i,
  /^(feb|fév|fev)/i,
  /^(mar|mär)/i,
  /^(apr|avr|abr)/i,
  /^(may|mai)/i,
  /^(jun|juin)/i,
  /^(jul|juil)/i,
  /^(aug|aoû|aou|ago)/i,
  /^sep/i,
  /^(oct|okt)/i,
  /^nov/i,
  /^(dec|déc|dic|dez)/i,
];

const monthWord =
  "(jan\\p{L}*|ene\\p{L}*|f[eé][bv]\\p{L}*|m[aä]r\\p{L}*|a[pbv]r\\p{L}*|ma[iy]o?|ju[inl]\\p{L}*|a[ugo]{2}\\p{L}*|ao[uû]t|sep\\p{L}*|o[ck]t\\p{L}*|nov\\p{L}*|d[eéi][cz]\\p{L}*)";

const smallNumbers: Readonly<Record<string, number>> = {
  one: 1,
  two: 2,
  three: 3,
  four: 4,
  five: 5,
  un: 1,
  une: 1,
  deux: 2,
  trois: 3,
  quatre: 4,
  cinq: 5,
  una: 1,
  dos: 2,
  tres: 3,
  cuatro: 4,
  cinco: 5,
  einem: 1,
  einer: 1,
  zwei: 2,
  drei: 3,
  vier: 4,
  fünf: 5,
};

/** The moment the words name, ISO 8601 in UTC; `lean` says whether "Monday" is the last one or the next. */
export function dateIn(words: string, nowMs: number, lean: "past" | "future" = "past"): string | undefined {
  const day = dayIn(words, nowMs, lean);
  if (day === undefined) return undefined;
  const hour = hourIn(words);
  return `${new Date(day).toISOString().slice(0, 10)}T${hour ?? "12:00"}:00Z`;
}

function dayIn(words: string, nowMs: number, lean: "past" | "future"): number | undefined {
  const iso = /\b(\d{4})-(\d{2})-(\d{2})\b/.exec(words);
  if (iso) return valid(Number(iso[1]), Number(iso[2]) - 1, Number(iso[3]));
  const numeric = /\b(\d{1,2})[/.](\d{1,2})[/.](\d{4})\b/.exec(words);
  if (numeric) return valid(Number(numeric[3]), Number(numeric[2]) - 1, Number(numeric[1]));
  const named = namedDay(words, nowMs, lean);
  if (named !== undefined) return named;
  const ago =
    /\b(?:il y a|hace|vor)\s+(\p{L}+|\d+)\s+(jours?|semaines?|d[ií]as?|semanas?|tage?n?|wochen?)|(\p{L}+|\d+)\s+(days?|weeks?)\s+ago/iu.exec(
      words,
    );
  const amount = ago?.[1] ?? ago?.[3];
  if (ago && amount) {
    const count = smallNumbers[amount.toLowerCase()] ?? Number(amount);
    const unit = /^(semain|seman|woch|week)/i.test(ago[2] ?? ago[4] ?? "") ? 7 : 1;
    if (Number.isFinite(count)) return nowMs - count * unit * dayMs;
  }
  const relative = relativeDays.find(([pattern]) => pattern.test(words));
  if (relative) return nowMs + relative[1] * dayMs;
  const weekday = weekdays.findIndex((pattern) => pattern.test(words));
  if (weekday < 0) return undefined;
  const today = new Date(nowMs).getUTCDay();
  return nowMs + (lean === "past" ? -((today - weekday + 7) % 7 || 7) : (weekday - today + 7) % 7 || 7) * dayMs;
}

/** "12 November", "November 12th", "12 de noviembre", "11月12日"; the nearest year on the side it leans to. */
function namedDay(words: string, nowMs: number, lean: "past" | "future"): number | undefined {
  const dayFirst = new RegExp(
    `\\b(\\d{1,2})(?:er|st|nd|rd|th|\\.)?\\s+(?:of\\s+|de\\s+)?${monthWord}(?:\\s+(?:de\\s+)?(\\d{4}))?`,
    "iu",
  ).exec(words);
  const monthFirst = new RegExp(`\\b${monthWord}\\s+(\\d{1,2})(?:st|nd|rd|th)?(?:,?\\s+(\\d{4}))?\\b`, "iu").exec(words);
  const chinese = /(?:(\d{4})年)?(\d{1,2})月(\d{1,2})[日号]/.exec(words);
  const [day, month, year] = dayFirst
    ? [dayFirst[1], monthOf(dayFirst[2]), dayFirst[3]]
    : monthFirst
      ? [monthFirst[2], monthOf(monthFirst[1]), monthFirst[3]]
      : chinese
        ? [chinese[3], Number(chinese[2]) - 1, chinese[1]]
        : [undefined, -1, undefined];
  if (day === undefined || month < 0) return undefined;
  if (year) return valid(Number(year), month, Number(day));
  const thisYear = new Date(nowMs).getUTCFullYear();
  const here = valid(thisYear, month, Number(day));
  if (here === undefined) return undefined;
  if (lean === "past" && here > nowMs + dayMs) return valid(thisYear - 1, month, Number(day));
  return lean === "future" && here < nowMs ? valid(thisYear + 1, month, Number(day)) : here;
}

const monthOf = (word: string | undefined): number => months.findIndex((pattern) => pattern.test(word ?? ""));

function valid(year: number, month: number, day: number): number | undefined {
  const date = new Date(Date.UTC(year, month, day));
  return date.getUTCMonth() === month && date.getUTCDate() === day ? date.getTime() : undefined;
}

/** "at 3 pm", "15:30", "à 15h30", "um 15 Uhr", "下午3点". */
function hourIn(words: string): string | undefined {
  const found =
    /\b(\d{1,2})(?:[:h](\d{2}))?\s*(am|pm|a\.m\.|p\.m\.)/i.exec(words) ??
    /\b(\d{1,2})\s*[:h]\s*(\d{2})\b/i.exec(words) ??
    /\b(\d{1,2})\s*(?:h|heures?|uhr|o'clock)(?![\p{L}])/iu.exec(words) ??
    /(\d{1,2})点/.exec(words);
  if (!found) return undefined;
  const afternoon = /^p/i.test(found[3] ?? "") || /下午|晚上/.test(words);
  const hour = (Number(found[1]) % (found[3] ? 12 : 24)) + (afternoon && Number(found[1]) < 12 ? 12 : 0);
  const minute = Number(found[2] ?? 0);
  return hour < 24 && minute < 60 ? `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}` : undefined;
}
