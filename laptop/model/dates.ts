/** Dates as people say them, in five languages. A day without an hour is noon, so that a time zone does not move it. */

import { hourIn } from "./hours.ts";
import { digitsIn } from "./numbers.ts";

const dayMs = 86_400_000;
const hourMs = 3_600_000;

const relativeDays: readonly (readonly [RegExp, number])[] = [
  [/\b(day before yesterday|avant-hier|anteayer|vorgestern)\b|前天/i, -2],
  [/\b(yesterday|last night|hier|ayer|anoche|gestern)\b|昨天|昨晚/i, -1],
  [
    /\b(today|this (morning|afternoon|evening)|tonight|just now|aujourd'hui|ce (matin|soir)|cet après-midi|hoy|esta (mañana|tarde|noche)|heute)\b|今天|刚才/i,
    0,
  ],
  [/\b(day after tomorrow|après-demain|pasado mañana|übermorgen)\b|后天/i, 2],
  [/\b(tomorrow|demain|(?<!\bla )mañana)\b|(?<!guten )\bmorgen\b|明天/i, 1],
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

/** The moment the words name, ISO 8601 in UTC; `lean` says whether "Monday" is the last one or the next. */
export function dateIn(words: string, nowMs: number, lean: "past" | "future" = "past"): string | undefined {
  const said = digitsIn(words);
  const span = spanAgo(said);
  if (span !== undefined && span < dayMs) return `${new Date(nowMs - span).toISOString().slice(0, 16)}:00Z`;
  const day = span === undefined ? dayIn(said, nowMs, lean) : nowMs - span;
  if (day === undefined) return undefined;
  const hour = hourIn(said);
  return `${new Date(day).toISOString().slice(0, 10)}T${hour ?? "12:00"}:00Z`;
}

function dayIn(words: string, nowMs: number, lean: "past" | "future"): number | undefined {
  const iso = /\b(\d{4})-(\d{2})-(\d{2})\b/.exec(words);
  if (iso) return valid(Number(iso[1]), Number(iso[2]) - 1, Number(iso[3]));
  const numeric = /\b(\d{1,2})[/.](\d{1,2})[/.](\d{4})\b/.exec(words);
  if (numeric) return valid(Number(numeric[3]), Number(numeric[2]) - 1, Number(numeric[1]));
  const named = namedDay(words, nowMs, lean);
  if (named !== undefined) return named;
  const relative = relativeDays.find(([pattern]) => pattern.test(words));
  if (relative) return nowMs + relative[1] * dayMs;
  const weekday = weekdays.findIndex((pattern) => pattern.test(words));
  if (weekday < 0) return undefined;
  const today = new Date(nowMs).getUTCDay();
  return nowMs + (lean === "past" ? -((today - weekday + 7) % 7 || 7) : (weekday - today + 7) % 7 || 7) * dayMs;
}

const spans: readonly (readonly [RegExp, number])[] = [
  [/^(minut|分钟)/i, 60_000],
  [/^(hour|heure|hora|stunde|个?小时)/i, hourMs],
  [/^(day|jour|d[ií]a|tag|天)/i, dayMs],
  [/^(week|semaine|semana|woche|周|个?星期)/i, 7 * dayMs],
];

/** "2 weeks ago", "il y a 3 jours", "hace 1 hora", "vor 20 Minuten", "3天前", "last week": how long ago, in milliseconds. */
function spanAgo(words: string): number | undefined {
  if (/\b(last week|la semaine (dernière|passée)|la semana pasada|letzte woche)(?=\W|$)|上周|上个?星期/i.test(words))
    return 7 * dayMs;
  const found =
    /\b(?:il y a|hace|vor)\s+(?:environ |unos |etwa )?(\d+)\s+(\p{L}+)/iu.exec(words) ??
    /(\d+)\s+(\p{L}+)\s+ago\b/iu.exec(words) ??
    /(\d+)(天|周|个?小时|个?星期|分钟)(?:以?前)/u.exec(words);
  const unit = spans.find(([pattern]) => pattern.test(found?.[2] ?? ""))?.[1];
  return found && unit ? Number(found[1]) * unit : undefined;
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

const dateWords =
  /(?<![\p{L}])(it|was|is|happened|at|in|the|on|of|last|ago|around|about|morning|afternoon|evening|night|noon|midnight|am|pm|o'clock|days?|weeks?|hours?|c'était|c'est|il|y|a|à|le|la|les|du|de|vers|heures?|h|matin|soir|midi|minuit|et|demie|quart|l'après-midi|jours?|semaines?|fue|es|las|el|media|cuarto|tarde|noche|mañana|hace|d[ií]as?|semanas?|horas?|war|am|um|vor|uhr|morgens|abends|nachts|tage?n?|wochen?|stunden?|exactly|environ|half|past)(?![\p{L}])/giu;

/** Whether the words name a moment and nothing else: "Yesterday at ten in the evening." */
export function isDateAlone(words: string): boolean {
  const named = [...relativeDays.map(([pattern]) => pattern), ...weekdays].reduce(
    (text, pattern) => text.replace(pattern, " "),
    digitsIn(words),
  );
  return !/[\p{L}]/u.test(
    named
      .replace(dateWords, " ")
      .replace(new RegExp(`(?<!\\p{L})${monthWord}`, "giu"), " ")
      .replace(/[上下]午|晚上|早上|[是天前点月日号分半]/gu, " "),
  );
}
