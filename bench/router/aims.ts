/** What was aimed at, and what was reached: an aim that is missed is printed as missed. */
import { byChance, type Flips } from "./flips.ts";
import type { Adapted } from "./in-domain.ts";
import type { Ranked } from "./ranked.ts";
import type { Timing } from "./speed.ts";
import { micros, percent, type Section, section, thousandths, whole } from "./table.ts";

/** What the parts measured; a part that was left out leaves its figures out. */
export type Reached = Partial<{
  mtBench: Ranked | undefined;
  mtBenchByTurn: Ranked | undefined;
  /** Each data set, by a router that saw nothing of it. */
  strangers: readonly Ranked[] | undefined;
  /** APGR on all decisions together: by a router that saw nothing of each set, and by the length of the prompt. */
  together:
    | {
        readonly learned: number | undefined;
        readonly byLength: number | undefined;
        /** Data sets on which length is better. */
        readonly behind: readonly string[];
      }
    | undefined;
  /** With labels of the set itself. */
  mmlu: Adapted | undefined;
  gsm8k: Adapted | undefined;
  /** Share of dollars saved at 98 % of the strong model's quality. */
  saved98: number | undefined;
  /** What thresholds meant for 98 % come to that were chosen without the tested decisions. */
  blind: { readonly kept: number; readonly saved: number } | undefined;
  weightsBytes: number | undefined;
  asTheyCome: Timing | undefined;
  afterTurns: Timing | undefined;
  /** On messages of 1,000 characters. */
  atThousand: Timing | undefined;
  byHand: Flips | undefined;
  /** Paraphrases by hand and variants by rule. */
  overall: Flips | undefined;
  /** Of the recipe's samples, how many go where it promises. */
  samples: number | undefined;
}>;

interface Aim {
  readonly aim: string;
  readonly reached: string;
  readonly holds: "holds" | "MISSED" | "not measured";
  readonly because: string;
}

interface Wanted {
  readonly aim: string;
  readonly reached: number | undefined;
  readonly least?: number;
  readonly most?: number;
  readonly show: (value: number) => string;
  /** Why it may be missed; shown when it is. */
  readonly because?: string;
}

/** Whether the unrounded figure lies within its bounds. */
export function judgeAim({ aim, reached, least = -Infinity, most = Infinity, show, because = "" }: Wanted): Aim {
  if (reached === undefined || Number.isNaN(reached))
    return { aim, reached: "", holds: "not measured", because: "its part was left out" };
  const holds = reached >= least && reached <= most;
  return { aim, reached: show(reached), holds: holds ? "holds" : "MISSED", because: holds ? "" : because };
}

const between = (ranked: Ranked | undefined): string =>
  ranked?.low === undefined
    ? ""
    : `by every decision ${thousandths(ranked.exact)}; another ${ranked.decisions} decisions would give ${thousandths(ranked.low)} to ${thousandths(ranked.high)}`;
const labelledAim = (aim: string, adapted: Adapted | undefined, least: number): Wanted => ({
  aim,
  reached: adapted?.apgr,
  least,
  show: thousandths,
  because: `by every decision instead of RouteLLM's eleven points ${thousandths(adapted?.exact)}; draws ${thousandths(adapted?.low)} to ${thousandths(adapted?.high)}`,
});
/** A share of flips says little without what chance would flip. */
const flipsAim = (aim: string, flips: Flips | undefined): Wanted => ({
  aim,
  reached: flips?.share,
  most: 0.1,
  show: (share) => `${percent(share)}${flips ? ` (by chance ${percent(byChance(flips))})` : ""}`,
});
/** Judged by the decision's own time; what the machine made of it is told beside. */
const timeAim = (aim: string, timing: Timing | undefined): Wanted => ({
  aim,
  reached: timing?.p99,
  most: 100,
  show: (value) => `${micros(value)} (disturbed ${micros(timing?.disturbedP99)})`,
});

export function aimsOf(reached: Reached): Section {
  const { mtBench, mtBenchByTurn, strangers, together } = reached;
  const below = strangers?.filter(({ apgr }) => apgr <= 0.5) ?? [];
  const aims = [
    {
      aim: "MT-Bench by first turn, no label of it: APGR at least .800",
      reached: mtBench?.apgr,
      least: 0.8,
      show: thousandths,
      because: between(mtBench),
    },
    {
      aim: "MT-Bench by first turn: CPT80 at most 31 %",
      reached: mtBench?.cpt80,
      most: 0.31,
      show: percent,
      because: between(mtBench),
    },
    {
      aim: "MT-Bench turn by turn: APGR at least .800",
      reached: mtBenchByTurn?.apgr,
      least: 0.8,
      show: thousandths,
      because: between(mtBenchByTurn),
    },
    {
      aim: "MT-Bench turn by turn: CPT80 at most 31 %",
      reached: mtBenchByTurn?.cpt80,
      most: 0.31,
      show: percent,
      because: between(mtBenchByTurn),
    },
    labelledAim("MMLU with 1,500 labels of it: APGR at least .660", reached.mmlu, 0.66),
    labelledAim("GSM8K with labels of it: APGR at least .650", reached.gsm8k, 0.65),
    {
      aim: "gpt-4o-mini and gpt-4o, at 98 % of quality: at least 60 % of dollars saved",
      reached: reached.saved98,
      least: 0.6,
      show: percent,
    },
    {
      aim: "the same by thresholds chosen without the tested decisions: 98 % kept",
      reached: reached.blind?.kept,
      least: 0.98,
      show: (kept: number) => `${percent(kept)} kept, ${percent(reached.blind?.saved)} saved`,
      because: "what keeps 98 % on some decisions keeps a little more or less on others",
    },
    {
      aim: "data sets left out whole: none with APGR of .500 or less",
      reached: strangers && below.length,
      most: 0,
      show: (count: number) => `${count} of ${strangers?.length}`,
      because: below
        .map(({ set, apgr, low, high }) => `${set} ${thousandths(apgr)} (${thousandths(low)} to ${thousandths(high)})`)
        .join(", "),
    },
    {
      aim: "data sets left out whole, all decisions together: better than prompt length",
      reached: together?.learned,
      least: together?.byLength ?? Number.NaN,
      show: (apgr: number) => `${thousandths(apgr)} (length ${thousandths(together?.byLength)})`,
      because: `length is better on ${together?.behind.join(", ")}`,
    },
    {
      aim: "the model takes at most 64 KiB",
      reached: reached.weightsBytes,
      most: 65_536,
      show: (bytes: number) => `${whole(bytes)} bytes`,
    },
    timeAim("p99 of a decision on messages as they come: at most 100 us", reached.asTheyCome),
    timeAim("p99 of a decision after four turns: at most 100 us", reached.afterTurns),
    timeAim("p99 of a decision on 1,000 characters: at most 100 us", reached.atThousand),
    flipsAim("a paraphrase by hand flips the choice: at most 10 %", reached.byHand),
    flipsAim("a paraphrase by hand or a variant by rule flips it: at most 10 %", reached.overall),
    {
      aim: "the recipe's three samples go where its text promises",
      reached: reached.samples,
      least: 3,
      show: (right: number) => `${right} of 3`,
    },
  ].map(judgeAim);
  return section("Aims", aims, [
    { name: "aim", of: ({ aim }) => aim },
    { name: "reached", of: (each) => each.reached, words: true },
    { name: "", of: ({ holds }) => holds, words: true },
    { name: "because", of: ({ because }) => because, words: true },
  ]);
}
