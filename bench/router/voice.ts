/** What a ranking saves by voice, where today's prices make the cheap model almost a third of the strong one. */
import { costRatio } from "../../runtime/router/cost.ts";
import { affordable, curveOf, ranking, reaching } from "../../training/metrics.ts";
import { type Judged, pooled } from "./ranked.ts";
import { outcomesOf } from "./sets.ts";
import { type Column, percent, type Section, section } from "./table.ts";

export interface VoiceSaving {
  readonly set: string;
  /** Cost saved and quality kept when the cheap model answers everything. */
  readonly most: number;
  readonly keptThen: number;
  /** Quality kept at 60 % saved, and by chance; nothing when 60 % cannot be saved. */
  readonly keptAt60: number | undefined;
  readonly keptByChance: number | undefined;
  /** Cost saved at parts of the strong model's quality. */
  readonly saved90: number;
  readonly saved95: number;
  readonly saved98: number;
}

/** What `judged` saves at the realtime models' audio prices. */
export function voiceSaving({ set, cases, scores }: Judged, seed: number): VoiceSaving {
  const ratio = costRatio("audio");
  const curve = curveOf(outcomesOf(cases, ratio), ranking(scores, seed));
  const most = 1 - ratio;
  const saved = (part: number) => 1 - reaching(curve, part).cost;
  const chanceShare = 1 - 0.6 / most;
  return {
    set,
    most,
    keptThen: curve.weak / curve.strong,
    keptAt60: keptWithin(affordable(curve, 0.4)?.quality, curve.strong),
    keptByChance: chanceShare < 0 ? undefined : (curve.weak + chanceShare * (curve.strong - curve.weak)) / curve.strong,
    saved90: saved(0.9),
    saved95: saved(0.95),
    saved98: saved(0.98),
  };
}

const keptWithin = (quality: number | undefined, strong: number): number | undefined =>
  quality === undefined ? undefined : quality / strong;

const columnsOfVoice: readonly Column<VoiceSaving>[] = [
  { name: "data set", of: ({ set }) => set },
  { name: "all to cheap: saved", of: ({ most }) => percent(most) },
  { name: "kept", of: ({ keptThen }) => percent(keptThen) },
  { name: "60 % saved: kept", of: ({ keptAt60 }) => percent(keptAt60) },
  { name: "by chance", of: ({ keptByChance }) => percent(keptByChance) },
  { name: "90 % kept: saved", of: ({ saved90 }) => percent(saved90) },
  { name: "95 % kept: saved", of: ({ saved95 }) => percent(saved95) },
  { name: "98 % kept: saved", of: ({ saved98 }) => percent(saved98) },
];

/** The table for voice, each data set by a router that saw nothing of it, and what it comes to in words. */
export function voice(judged: readonly Judged[], seed: number): Section[] {
  const together = voiceSaving(pooled(judged), seed);
  const { most } = together;
  const note = [
    `In plain words: by voice the cheap model costs ${percent(1 - most)} of the strong one, so that nothing saves more than ${percent(most)}, which is to`,
    `answer everything with it; that keeps ${percent(together.keptThen)} of the quality on all decisions together. Saving 60 % ${sixty(together)}`,
    `Keeping 95 % of the quality saves ${percent(together.saved95)}, keeping 98 % saves ${percent(together.saved98)}. The qualities are those of the text pairs above:`,
    "how much better the strong realtime model answers by voice is not in any public data we know.",
  ].join("\n");
  const figures = [...judged.map((each) => voiceSaving(each, seed)), together];
  return [
    section(
      "Voice: what is saved at today's audio prices, by a router that saw nothing of the data set",
      figures,
      columnsOfVoice,
      [note],
    ),
  ];
}

/** What is left of quality at 60 % saved. */
function sixty({ most, keptAt60, keptByChance }: VoiceSaving): string {
  if (keptAt60 === undefined) return "is not possible.";
  return `leaves the strong model ${percent(1 - 0.6 / most)} of the calls and keeps ${percent(keptAt60)} (by chance ${percent(keptByChance)}).`;
}
