/** When a timer fires next: NCRONTAB with six fields (second minute hour day month weekday), in UTC as on Flex Consumption. */

const ranges = [
  { name: "second", from: 0, to: 59 },
  { name: "minute", from: 0, to: 59 },
  { name: "hour", from: 0, to: 23 },
  { name: "day", from: 1, to: 31 },
  { name: "month", from: 1, to: 12 },
  { name: "weekday", from: 0, to: 6 },
] as const;

export type Schedule = readonly ReadonlySet<number>[];

/** Parses `0 *\/5 * * * *`-like text; numbers, lists, ranges and steps. Throws with the field that is wrong. */
export function parseSchedule(text: string): Schedule {
  const fields = text.trim().split(/\s+/);
  if (fields.length !== ranges.length)
    throw new Error(`"${text}" has ${fields.length} fields; a schedule has six: second minute hour day month weekday.`);
  return ranges.map((range, index) => parseField(fields[index] ?? "", range));
}

function parseField(text: string, { name, from, to }: (typeof ranges)[number]): Set<number> {
  const values = new Set<number>();
  for (const part of text.split(",")) {
    const [span = "", stepText] = part.split("/");
    const [first, last] = span === "*" ? [from, to] : span.split("-").map(Number);
    const step = stepText === undefined ? 1 : Number(stepText);
    const start = first ?? Number.NaN;
    const end = last ?? (stepText === undefined ? start : to);
    if (!(start >= from && end <= to && start <= end && step >= 1))
      throw new Error(`"${part}" is not a ${name}; allowed are ${from} to ${to}.`);
    for (let value = start; value <= end; value += step) values.add(value);
  }
  return values;
}

const dayMs = 86_400_000;
/** A schedule that fits no day within four years (30 February) fits none. */
const horizonMs = 4 * 366 * dayMs;

/** The first fitting second after `afterMs`, or undefined when none comes within four years. */
export function nextRunMs([seconds, minutes, hours, days, months, weekdays]: Schedule, afterMs: number): number | undefined {
  if (!seconds || !minutes || !hours || !days || !months || !weekdays) return undefined;
  const date = new Date(Math.floor(afterMs / 1_000) * 1_000 + 1_000);
  while (date.getTime() - afterMs < horizonMs) {
    if (!months.has(date.getUTCMonth() + 1) || !days.has(date.getUTCDate()) || !weekdays.has(date.getUTCDay()))
      date.setTime((Math.floor(date.getTime() / dayMs) + 1) * dayMs);
    else if (!hours.has(date.getUTCHours())) date.setUTCHours(date.getUTCHours() + 1, 0, 0, 0);
    else if (!minutes.has(date.getUTCMinutes())) date.setUTCMinutes(date.getUTCMinutes() + 1, 0, 0);
    else if (!seconds.has(date.getUTCSeconds())) date.setUTCSeconds(date.getUTCSeconds() + 1);
    else return date.getTime();
  }
  return undefined;
}
