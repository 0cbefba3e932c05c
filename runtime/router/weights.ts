/** What training learned, loaded once (npm run router:train writes weights.json). */
import { modelOf, type Weights } from "./model.ts";
import learned from "./weights.json" with { type: "json" };

export const weights = learned as Weights;
export const model = modelOf(weights);
