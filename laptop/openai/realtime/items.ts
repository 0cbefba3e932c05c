/** The conversation's items: the wire's objects, how long their audio is, and what the model reads in them. */
import type { Item } from "../../model/conversation.ts";
import { InvalidRequest } from "../answers.ts";

export interface ContentPart {
  readonly type: "input_text" | "input_audio" | "output_text" | "output_audio";
  text?: string;
  transcript?: string | null;
}

export interface MessageItem {
  readonly id: string;
  readonly object: "realtime.item";
  readonly type: "message";
  readonly role: "user" | "assistant" | "system";
  status: "completed" | "incomplete" | "in_progress";
  content: ContentPart[];
}

export interface CallItem {
  readonly id: string;
  readonly object: "realtime.item";
  readonly type: "function_call";
  readonly call_id: string;
  readonly name: string;
  arguments: string;
  status: "completed" | "incomplete" | "in_progress";
}

export interface OutputItem {
  readonly id: string;
  readonly object: "realtime.item";
  readonly type: "function_call_output";
  readonly call_id: string;
  readonly output: string;
  readonly status: "completed";
}

export type ConversationItem = MessageItem | CallItem | OutputItem;

const partTypes: Readonly<Record<MessageItem["role"], readonly string[]>> = {
  user: ["input_text"],
  system: ["input_text"],
  assistant: ["output_text", "output_audio"],
};

/** The service's own ids are as long as this at most. */
const longestId = 32;

/** An item a client creates; throws `InvalidRequest`. Preview content types (`text`, `audio`) are refused as the GA service does. */
export function itemFrom(given: unknown, newId: string): ConversationItem {
  const item = (typeof given === "object" && given !== null ? given : {}) as Record<string, unknown>;
  const id = typeof item.id === "string" ? item.id : newId;
  if (id.length > longestId)
    throw new InvalidRequest(
      `Invalid 'item.id': string too long. Expected a string with maximum length ${longestId}, but got a string with length ${id.length} instead.`,
      "item.id",
      "string_above_max_length",
    );
  const text = (key: string): string => {
    const value = item[key];
    if (typeof value !== "string")
      throw new InvalidRequest(`Missing required parameter: 'item.${key}'.`, `item.${key}`, "missing_required_parameter");
    return value;
  };
  if (item.type === "function_call_output")
    return {
      id,
      object: "realtime.item",
      type: item.type,
      call_id: text("call_id"),
      output: text("output"),
      status: "completed",
    };
  if (item.type === "function_call")
    return {
      id,
      object: "realtime.item",
      type: item.type,
      call_id: text("call_id"),
      name: text("name"),
      arguments: text("arguments"),
      status: "completed",
    };
  if (item.type !== "message")
    throw new InvalidRequest(
      `Invalid value: '${String(item.type)}'. Supported are 'message', 'function_call' and 'function_call_output'.`,
      "item.type",
    );
  const role = item.role as MessageItem["role"];
  const allowed = partTypes[role];
  if (!allowed)
    throw new InvalidRequest(
      `Invalid value: '${String(item.role)}'. Supported are 'user', 'assistant' and 'system'.`,
      "item.role",
    );
  if (!Array.isArray(item.content))
    throw new InvalidRequest("Missing required parameter: 'item.content'.", "item.content", "missing_required_parameter");
  const content = item.content.map((part: Record<string, unknown>, at): ContentPart => {
    if (!allowed.includes(String(part.type)))
      throw new InvalidRequest(
        `Invalid value: '${String(part.type)}'. This stand-in supports ${allowed.map((each) => `'${each}'`).join(" and ")} for the role '${role}'.`,
        `item.content[${at}].type`,
      );
    const type = part.type as ContentPart["type"];
    return type === "output_audio"
      ? { type, transcript: String(part.transcript ?? "") }
      : { type, text: String(part.text ?? "") };
  });
  return { id, object: "realtime.item", type: "message", role, status: "completed", content };
}

/** What the model reads. Speech without decodable words is a sound. */
export function modelItems(items: readonly ConversationItem[]): Item[] {
  return items.map((item): Item => {
    if (item.type === "function_call")
      return { kind: "called", callId: item.call_id, name: item.name, arguments: item.arguments };
    if (item.type === "function_call_output") return { kind: "returned", callId: item.call_id, output: item.output };
    const text = item.content
      .map((part) => part.text ?? part.transcript ?? "")
      .join(" ")
      .trim();
    if (item.role === "user" && text === "") return { kind: "sound" };
    return { kind: "said", by: item.role === "user" ? "caller" : item.role, text };
  });
}
