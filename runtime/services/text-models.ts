/** The pair of chat deployments that answers in words, with each other and Foundry's model-router to fall back on. */
import type { TokenCredential } from "@azure/identity";
import OpenAI, { APIError } from "openai";
import { type Clock, processClock } from "../bridge/clock.ts";
import type { Choice, Turn } from "../chat/record.ts";
import { tokenFor } from "./credential.ts";
import type { DeploymentHealth } from "./deployment-health.ts";
import { filtered, type Patience, write } from "./written-answer.ts";

const scope = "https://cognitiveservices.azure.com/.default";

export interface TextAsk {
  readonly choice: Choice;
  readonly instructions: string;
  /** What was said before, oldest first. */
  readonly turns: readonly Turn[];
  readonly message: string;
}

/** What answering took, whether or not there was an answer. */
export interface TextUse {
  /** Who answered, which is another deployment than the one chosen when that failed. */
  readonly deployment: string;
  /** The model behind it, as it says itself: with model-router, the one that it picked. */
  readonly model: string;
  readonly choice: Choice;
  /** Set when Foundry's model-router answered: the model it picked. */
  readonly routedTo?: string;
  readonly usage: Record<string, unknown>;
}

export interface TextAnswer extends TextUse {
  readonly text: string;
}

/** No words came of it: the service's content filter would not have the message or its answer, or the model thought until it was cut off. */
export class Unanswered extends Error {
  readonly filtered: boolean;
  /** What is to be paid all the same; absent where the message never reached a model. */
  readonly used: TextUse | undefined;
  constructor(filtered: boolean, used?: TextUse) {
    super(filtered ? "The content filter of the model service refused a message." : "The model gave no words.");
    this.name = "Unanswered";
    this.filtered = filtered;
    this.used = used;
  }
}

export interface TextModels {
  /** Throws `NoDeployment` when every deployment fails, and `Unanswered` or the client's `APIError` for what no deployment would answer. */
  answer(ask: TextAsk): Promise<TextAnswer>;
}

interface Deployed {
  readonly deployment: string;
  readonly choice: Choice;
  readonly routes: boolean;
}

/** Tokens, those of the model's reasoning among them. */
export const longestAnswer = 4_000;
/** Somebody waits, and at most three deployments are asked. */
const usualPatience: Patience = { silentMs: 20_000, wholeMs: 135_000 };

/** A deployment that is silent for too long counts as failed, one that writes for long does not. */
export function openTextModels(
  settings: {
    readonly OPENAI_ENDPOINT: string;
    readonly OPENAI_CHAT_FAST: string;
    readonly OPENAI_CHAT_STRONG: string;
    readonly OPENAI_CHAT_ROUTER?: string | undefined;
  },
  credential: TokenCredential,
  health: DeploymentHealth,
  { after, ...patience }: Partial<Patience> & { readonly after?: Clock["after"] } = {},
): TextModels {
  const { silentMs, wholeMs } = { ...usualPatience, ...patience };
  const client = new OpenAI({
    baseURL: `${settings.OPENAI_ENDPOINT.replace(/\/$/, "")}/openai/v1`,
    apiKey: () => tokenFor(credential, scope),
    timeout: wholeMs,
    // The next deployment is the retry.
    maxRetries: 0,
  });
  const chains = chainsOf(settings);
  return {
    answer: ({ choice, instructions, turns, message }) =>
      health.first(chains[choice], async ({ deployment, choice, routes }) => {
        const request = {
          model: deployment,
          messages: [
            { role: "system" as const, content: instructions },
            ...turns.map(({ persona, content }) => ({ role: roles[persona], content })),
            { role: "user" as const, content: message },
          ],
          max_completion_tokens: longestAnswer,
        };
        const { model, ended, usage, ...written } = await write(client, request, after ?? processClock.after, {
          silentMs,
          wholeMs,
        }).catch((error: unknown) => {
          throw error instanceof APIError && error.code === filtered ? new Unanswered(true) : error;
        });
        const used = { deployment, model, choice, ...(routes ? { routedTo: model } : {}), usage };
        const text = written.text.trim();
        if (!text || ended === filtered) throw new Unanswered(ended === filtered, used);
        return { text, ...used };
      }),
  };
}

const roles = { human: "user", assistant: "assistant" } as const;

/** Who is asked in which order. model-router counts as what it stands in for: its own pick is known only from the answer. */
function chainsOf(settings: Parameters<typeof openTextModels>[0]): Readonly<Record<Choice, readonly Deployed[]>> {
  const fast: Deployed = { deployment: settings.OPENAI_CHAT_FAST, choice: "cheap", routes: false };
  const strong: Deployed = { deployment: settings.OPENAI_CHAT_STRONG, choice: "strong", routes: false };
  const router = (choice: Choice): Deployed[] =>
    settings.OPENAI_CHAT_ROUTER ? [{ deployment: settings.OPENAI_CHAT_ROUTER, choice, routes: true }] : [];
  return { cheap: [fast, ...router("cheap"), strong], strong: [...router("strong"), strong, fast] };
}
