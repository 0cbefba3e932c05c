/**
 * What clients may ask of an answer, in the realtime API's words. `commit` and `cancel_previous` are of the service's specification
 * (azure-rest-api-specs, VoiceLive stable/2026-04-10, ResponseCreateParams); its reference page has `conversation` instead of them.
 */
import { z } from "zod";
import { modalitiesSchema, mostTokensSchema, toolChoiceSchema, toolsSchema } from "./settings.ts";
import { notHere, read } from "./shapes.ts";

const message = z.strictObject({
  type: z.literal("message").optional(),
  role: z.literal("assistant"),
  id: z.string().optional(),
  content: z.tuple([z.strictObject({ type: z.literal("text"), text: z.string().min(1) })], {
    error: "exactly one part, {type: 'text', text}.",
  }),
});
const optionsSchema = z.strictObject({
  commit: z.boolean().default(true),
  cancel_previous: z.boolean().default(true),
  conversation: z.enum(["auto", "none"]).default("auto"),
  modalities: modalitiesSchema.optional(),
  instructions: z.string().optional(),
  tools: toolsSchema.optional(),
  tool_choice: toolChoiceSchema.optional(),
  temperature: z.number().min(0).max(1.2).optional(),
  max_output_tokens: mostTokensSchema.optional(),
  metadata: z
    .record(z.string().max(64), z.string().max(512))
    .refine((given) => Object.keys(given).length <= 16, { error: "at most 16 pairs." })
    .optional(),
  pre_generated_assistant_message: message.optional(),
  voice: notHere("voice of a single answer"),
  append_input_items: notHere("additional context of a single answer"),
  input_items: notHere("context of a single answer"),
  interim_response: notHere("interim responses"),
});

export interface Asked {
  /** The answer that is being given ends first. */
  readonly cancelPrevious: boolean;
  /** Words to be spoken as they are. */
  readonly words: string | undefined;
  /** `response` of the realtime API's `response.create`. */
  readonly response: Record<string, unknown>;
}

/** Throws `InvalidRequest` whose `param` names the first thing wrong. */
export function asked(options: unknown): Asked {
  const { commit, cancel_previous, conversation, modalities, pre_generated_assistant_message, temperature, ...plain } = read(
    optionsSchema,
    options ?? {},
    "response",
  );
  const isBeside = !commit || conversation === "none";
  return {
    cancelPrevious: cancel_previous,
    words: pre_generated_assistant_message?.content[0].text,
    response: {
      ...plain,
      ...(isBeside ? { conversation: "none" } : {}),
      ...(modalities ? { output_modalities: [modalities.includes("audio") ? "audio" : "text"] } : {}),
    },
  };
}
