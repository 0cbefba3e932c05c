/** What the model may do during a call: the tools of call-center-ai under their names, checked and done on our side. */
import { z } from "zod";
import type { Agent } from "../agent.ts";
import type { Flags } from "../flags.ts";
import { spokenLanguage } from "./agent-defaults.ts";
import type { CallRecord } from "./call.ts";
import { fieldsOf } from "./claim.ts";
import { isRecordable } from "./consent.ts";
import { nameOf } from "./prompts.ts";
import { type ToolContext, type ToolName, type ToolOutcome, toolArguments } from "./tool.ts";
import { actions } from "./tool-actions.ts";

export type { ToolContext, ToolEffect, ToolOutcome } from "./tool.ts";

export interface ToolDefinition {
  readonly name: string;
  readonly description: string;
  /** JSON schema of the arguments. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

const descriptions: Record<ToolName, string> = {
  end_call: "Ends the call. Use it once the customer has said goodbye or has nothing to add; say goodbye first.",
  new_claim: "Closes the present claim and starts an empty one. Use it only when the customer wants to report something else.",
  talk_to_human:
    "Hands the call over to a person. Use it when the customer asks for one or cannot be helped otherwise; say that you do so.",
  updated_claim: "Writes what the customer has said into the claim. Use it as soon as a field is known, and read the value back.",
  new_or_updated_reminder: "Notes something to be done later, such as a call back or a document to send.",
  search_document: "Looks up the company's own documents. Use it before answering about rules, contracts, prices or procedures.",
  send_sms: "Sends a text message to the customer's phone. Use it for what is hard to note down by ear, after asking.",
  speech_speed: "Speaks slower or faster from now on.",
  speech_lang: "Goes on in another language, spoken and understood.",
  recording_consent:
    "Notes whether the customer agrees that the call is recorded. Use it when they have answered that question, and whenever they say, however they say it, that they want no recording any more.",
  continue_last_conversation:
    "Continues the customer's earlier conversation, once they have proven who they are. Use it only when they want that; in the same breath, ask them to type the six-digit code that comes to this phone as a text message.",
  collect_digits:
    "Has the customer type secret digits on the keypad, which you will not see. Use it when they are needed; in the same breath, say what to type and that # ends it.",
};

/** The tools this call offers, with its own claim fields, languages and secret digits in their schemas. */
export function toolsFor(call: CallRecord, flags: Flags): ToolDefinition[] {
  return offeredBy(call, flags).map((name) => ({ name, description: descriptions[name], parameters: parametersOf(name, call) }));
}

const offeredBy = (call: CallRecord, flags: Flags): ToolName[] =>
  (Object.keys(toolArguments) as ToolName[]).filter((name) => isOffered(name, call, flags));

function isOffered(name: ToolName, call: CallRecord, flags: Flags): boolean {
  switch (name) {
    case "talk_to_human":
      return call.initiate.agent_phone_number !== undefined;
    case "recording_consent":
      return isRecordable(call, flags);
    case "continue_last_conversation":
      return call.resumable !== undefined;
    case "collect_digits":
      return call.initiate.secure_digits.length > 0;
    default:
      return true;
  }
}

/** Schemas that are the same in every call: writing them out anew costs more than all the rest of opening a session. */
const fixed = new Map<z.ZodType, Record<string, unknown>>();

function parametersOf(name: ToolName, call: CallRecord): Record<string, unknown> {
  const given = argumentsFor(name, call);
  const known = fixed.get(given);
  if (known) return known;
  const { $schema: _, ...schema } = z.toJSONSchema(given) as Record<string, unknown>;
  if (given === toolArguments[name]) fixed.set(given, schema);
  return schema;
}

function argumentsFor(name: ToolName, { initiate }: CallRecord): z.ZodType {
  switch (name) {
    case "updated_claim":
      return updatesOf(initiate);
    case "speech_lang":
      return z.object({
        lang: z
          .enum(initiate.lang.availables.map((each) => each.short_code))
          .describe(initiate.lang.availables.map((each) => `${each.short_code}: ${each.pronunciations_en[0]}`).join("; ")),
      });
    case "talk_to_human": {
      const language = nameOf(initiate, spokenLanguage(initiate));
      const briefing = `for the colleague who takes the call, in ${language}: who calls about what, and what was agreed, in two sentences`;
      return initiate.transfer === "warm"
        ? z.object({ briefing: z.string().min(1).max(1_000).describe(briefing) })
        : z.object({});
    }
    case "collect_digits":
      return z.object({
        name: z
          .enum(initiate.secure_digits.map((each) => each.name))
          .describe(initiate.secure_digits.map((each) => `${each.name}: ${each.description}`).join("; ")),
      });
    default:
      return toolArguments[name];
  }
}

function updatesOf(initiate: Agent): z.ZodType {
  const { updates } = toolArguments.updated_claim.shape;
  const fields = fieldsOf(initiate);
  const described = fields
    .map((each) => `${each.name} (${each.type})${each.description ? `: ${each.description}` : ""}`)
    .join("; ");
  const update = updates.element.extend({ field: z.enum(fields.map((each) => each.name)).describe(described) });
  return z.object({
    updates: z
      .array(update)
      .min(1)
      .max(50)
      .describe(updates.description ?? ""),
  });
}

/**
 * Does what the model asked for. Never throws for something the model got wrong: an unknown tool, broken JSON and bad arguments are answered
 * in words it can act on. Throws when a service fails; the session tells the model so.
 */
export async function runTool(context: ToolContext, name: string, argumentsJson: string): Promise<ToolOutcome> {
  const call = await context.store.get(context.callId);
  if (!call) return { content: "This call has no record any more; say that a colleague will call back, and say goodbye." };
  const offered: readonly string[] = offeredBy(call, await context.flags());
  if (!offered.includes(name))
    return { content: `There is no tool "${name.slice(0, 64)}". The tools are ${offered.join(", ")}.` };
  const given = parsed(argumentsJson);
  if (given === undefined)
    return { content: "The arguments are not JSON; nothing was done. Call the tool again with a JSON object." };
  const tool = name as ToolName;
  const checked = toolArguments[tool].safeParse(given);
  if (!checked.success)
    return { content: `Nothing was done. ${checked.error.issues.map(inWords).join(" ")} Call the tool again.` };
  return actions[tool](context, call, checked.data as never);
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json || "{}") as unknown;
  } catch {
    return undefined;
  }
}

const inWords = (issue: z.core.$ZodIssue): string => `${issue.path.join(".") || "arguments"}: ${issue.message}.`;
