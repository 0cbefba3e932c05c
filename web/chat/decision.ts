/** Why this model: the router's decision in words. */
import type { Choice } from "./voice-session.ts";

export interface Decision {
  /** The deployment chosen, or the one that answered. */
  readonly model: string;
  readonly choice: Choice;
  /** 0 to 1, rising with the need for the strong model. */
  readonly score: number;
  readonly reasons: readonly string[];
  readonly sessionId: string;
  /** .5 to 1. */
  readonly confidence?: number;
  /** US dollars of the answer by each of the two. */
  readonly expectedCostUsd?: { readonly cheap: number; readonly strong: number };
}

/** Shows the decision; `note` says where the page departs from it. */
export function showDecision(list: HTMLElement, decision: Decision, note?: string): void {
  const { model, choice, score, reasons, confidence, expectedCostUsd: expected } = decision;
  const percent = (share: number): string => `${Math.round(share * 100)}\u00a0%`;
  const dollars = (usd: number): string => `$${usd.toFixed(4)}`;
  const facts: [string, string | undefined][] = [
    ["Model", `${model} (${choice})`],
    ["Why", reasons.join("; ")],
    ["Need for the strong model", percent(score)],
    ["Confidence", confidence === undefined ? undefined : percent(confidence)],
    [
      "Expected cost",
      expected && `${dollars(expected.cheap)} with the cheap model, ${dollars(expected.strong)} with the strong one`,
    ],
    ["Note", note],
  ];
  list.replaceChildren(
    ...facts.flatMap(([name, value]) => {
      if (!value) return [];
      const [term, description] = [document.createElement("dt"), document.createElement("dd")];
      term.textContent = name;
      description.textContent = value;
      return [term, description];
    }),
  );
}
