/** What the learned router is measured beside. Each gives a score that rises with the need for the strong model. */
import type { Turn } from "../../runtime/chat/record.ts";
import { rules } from "./rules.ts";

export type Scorer = (message: string, history: readonly Turn[]) => number;

export interface Rival {
  readonly name: string;
  readonly score: Scorer;
  /** Its own rule for the strong model, where it has one. */
  readonly toStrong?: (score: number) => boolean;
}

/** The longer the message, the harder. */
export const promptLength: Rival = { name: "prompt length", score: (message) => message.length };

const raises = [
  /\b(?:technical|programming|code|algorithm|architecture)\b/iu,
  /explain.*how.*works|analyze|compare|evaluate/iu,
  /\b(?:why|what|how|when|where)\b.*\b(?:should|would|could|might)\b/iu,
  /multiple.*(?:steps|process|procedure|methodology)/iu,
];
const lowers = [/^(?:hi|hello|hey|thanks|thank you|yes|no)\b/iu, /\b(?:weather|time|date|simple|quick)\b/iu, /^.{0,20}$/su];

/** The scorer of the recipe "realtime AI chat with WebRTC and model router", written from its description: English patterns, no history. */
export const recipe = {
  name: "the recipe's patterns",
  score: (message) => {
    let score = 0.3;
    for (const pattern of raises) if (pattern.test(message)) score += 0.2;
    for (const pattern of lowers) if (pattern.test(message)) score -= 0.2;
    if (message.length > 100) score += 0.1;
    if (message.split(/\s+/u).length > 20) score += 0.1;
    return Math.min(1, Math.max(0, score));
  },
  toStrong: (score) => score > 0.6,
} as const satisfies Rival;

export const rivals: readonly Rival[] = [
  promptLength,
  recipe,
  { name: "hand-written rules", score: rules, toStrong: (score) => score >= 0.5 },
];

/** What RouteLLM's own routers reach on the same files with the same pair (arXiv 2406.18665 v4, tables 1 to 3): CPT50 %, CPT80 %, APGR. */
export const published: readonly {
  readonly router: string;
  readonly figures: Readonly<
    Record<"MT-Bench, by first turn" | "MMLU" | "GSM8K", readonly [cpt50: number, cpt80: number, apgr: number]>
  >;
}[] = [
  figures("BERT, arena", [78.1, 87.6, 0.391], [49.4, 77.8, 0.502], [58.8, 83.8, 0.438]),
  figures("causal LLM, arena", [28.8, 77.5, 0.573], [48.9, 77.9, 0.499], [56.1, 83.6, 0.461]),
  figures("matrix, arena", [25.3, 74.3, 0.58], [45, 76.9, 0.524], [53.6, 85.2, 0.475]),
  figures("SW ranking, arena", [37.9, 59, 0.61], [55.8, 80.3, 0.473], [54.4, 82.1, 0.475]),
  figures("BERT, + judge or gold", [19.6, 34, 0.751], [41.3, 72.2, 0.572], [44.8, 79.1, 0.531]),
  figures("causal LLM, + judge or gold", [31.5, 48.8, 0.679], [35.5, 70.3, 0.6], [33.6, 63.3, 0.622]),
  figures("matrix, + judge or gold", [13.4, 31.3, 0.802], [35.5, 71.4, 0.597], [38.8, 72.6, 0.565]),
  figures("SW ranking, + judge or gold", [23.2, 36, 0.759], [35.4, 71.6, 0.603], [41.2, 72.2, 0.568]),
];

type Figures = readonly [cpt50: number, cpt80: number, apgr: number];
function figures(router: string, mtBench: Figures, mmlu: Figures, gsm8k: Figures) {
  return { router, figures: { "MT-Bench, by first turn": mtBench, MMLU: mmlu, GSM8K: gsm8k } };
}
