/**
 * Foundry's model-router as a deployment: answers as a chat model does and says in `model` which one it picked. Picks by rule, among models of
 * its version 2025-11-18, where the real one is trained to; what it cannot do it refuses. Source: learn.microsoft.com, "Model router for
 * Microsoft Foundry", concepts and how-to.
 */
import { type Conversation, countTokens, turnOf } from "../model/conversation.ts";
import { InvalidRequest } from "./answers.ts";

const models = { small: "gpt-5-nano-2025-08-07", middle: "gpt-5-mini-2025-08-07", large: "gpt-5-2025-08-07" } as const;

/** A word of greeting, a short question, a yes. */
const smallTokens = 12;
/** A long text to work on. */
const largeTokens = 400;

const demanding =
  /```|\b(?:expla(?:in|na)|compar|analy[sz]|prov(?:e|ing)\b|deriv|design|architect|algorithm|expliqu|erklär|vergleich|explica)|解释|分析|证明/i;

export const isModelRouter = ({ model }: { readonly model: string }): boolean => model === "model-router";

/** The model that answers. Throws `InvalidRequest` for what model-router does not take. */
export function pickedModel(body: Readonly<Record<string, unknown>>, conversation: Conversation): string {
  // It settles the effort itself, when it picks a model that reasons.
  if (body.reasoning_effort !== undefined)
    throw new InvalidRequest(
      "Unsupported parameter: 'reasoning_effort' is not supported with this model.",
      "reasoning_effort",
      "unsupported_parameter",
    );
  if (body.audio !== undefined || (Array.isArray(body.modalities) && body.modalities.includes("audio")))
    throw new InvalidRequest("Model router doesn't process audio: ask for 'text' only.", "modalities", "unsupported_value");
  const { words } = turnOf(conversation.items);
  const tokens = countTokens(words);
  if (demanding.test(words) || tokens > largeTokens) return models.large;
  return tokens <= smallTokens ? models.small : models.middle;
}
