/** What the dial promises, from the curve that training measured on data sets the measured weights had not seen. */
import type { Dial } from "../chat-options.ts";
import { costRatio, type Medium } from "./cost.ts";
import { weights } from "./weights.ts";

/** One stand of the dial. */
export interface Point {
  /** From this score on the strong model answers. */
  readonly threshold: number;
  /** Share of messages that the strong model answers. */
  readonly strong: number;
  /** Shares of what always using the strong model gives and costs, on questions that have a right answer; small talk costs no quality at all. */
  readonly quality: number;
  readonly cost: number;
}

const curves: Readonly<Record<Medium, readonly Point[]>> = {
  audio: pointsAt(costRatio("audio")),
  text: pointsAt(costRatio("text")),
};

function pointsAt(ratio: number): Point[] {
  return weights.curve.map((each) => ({ ...each, cost: each.strong + (1 - each.strong) * ratio }));
}

/** The stands of the dial, from all cheap (threshold 1, which no score reaches) to all strong (threshold 0); quality and cost rise. */
export function curve(medium: Medium): readonly Point[] {
  return curves[medium];
}

/**
 * The stand that keeps the dial's promise at the least cost (`keep_at_least`) or with the best quality (`spend_at_most`). What cannot be
 * kept is met as nearly as can be: all cheap when even that costs more than may be spent, all strong when nothing less keeps the quality.
 */
export function settingOf(dial: Dial, medium: Medium): Pick<Point, "threshold" | "quality" | "cost"> {
  const points = curves[medium];
  const { threshold, quality, cost } =
    "keep_at_least" in dial
      ? (points.find((each) => each.quality >= dial.keep_at_least) ?? points.at(-1)!)
      : (points.findLast((each) => each.cost <= dial.spend_at_most) ?? points[0]!);
  return { threshold, quality, cost };
}
