/** `POST /chat/completions`: the wire's messages to the model's conversation, and its reply back, whole or as server-sent events. */
import type { Clock } from "../clock.ts";
import type { Conversation, Item, Model, Moment, Reply, Tool } from "../model/conversation.ts";
import { InvalidRequest } from "./answers.ts";
import { checkStrictSchema } from "./strict-schema.ts";

type Json = Record<string, unknown>;

export interface Completion {
  readonly id: string;
  readonly createdSeconds: number;
  readonly model: string;
  readonly reply: Reply;
  /** Ids for the tool calls, in order. */
  readonly callIds: readonly string[];
}

export function complete(body: Json, model: Model, moment: Moment): Reply {
  if (typeof body.n === "number" && body.n !== 1)
    throw new InvalidRequest("This stand-in gives one choice: leave 'n' out or send 1.", "n");
  return model.reply(conversationOf(body), moment);
}

export function conversationOf(body: Json): Conversation {
  const { messages } = body;
  if (!Array.isArray(messages) || messages.length === 0)
    throw new InvalidRequest(
      "Missing required parameter: 'messages': a list of at least one message.",
      "messages",
      "missing_required_parameter",
    );
  // What comes before the conversation instructs; in its midst it is something the model is told.
  const first = messages.findIndex((message: Json) => !isInstruction(message));
  const begins = first < 0 ? messages.length : first;
  const instructions = messages.slice(0, begins).map((message: Json, at) => textOf(message.content, `messages[${at}]`));
  const all = messages.slice(begins).map((message: unknown, at) => itemsOf(message as Json, `messages[${begins + at}]`));
  checkToolAnswers(messages as Json[]);
  const format = (body.response_format ?? {}) as Json;
  const limit = body.max_completion_tokens ?? body.max_tokens;
  return {
    instructions: instructions.join("\n\n"),
    items: all.flat(),
    tools: toolsOf(body.tools),
    toolChoice: toolChoiceOf(body.tool_choice),
    answerSchema: answerSchemaOf(format),
    maxOutputTokens: typeof limit === "number" ? limit : undefined,
  };
}

const isInstruction = (message: Json): boolean => message?.role === "system" || message?.role === "developer";

/** Every tool call is answered by the messages right after it, and nothing else is. */
function checkToolAnswers(messages: readonly Json[]): void {
  let owed: string[] = [];
  for (const [at, message] of messages.entries()) {
    if (message?.role === "tool") {
      const id = String(message.tool_call_id);
      if (!owed.includes(id))
        throw new InvalidRequest(
          "Invalid parameter: messages with role 'tool' must be a response to a preceding message with 'tool_calls'.",
          `messages.[${at}].role`,
        );
      owed = owed.filter((each) => each !== id);
    } else if (owed.length > 0) throw unanswered(owed);
    else if (Array.isArray(message?.tool_calls)) owed = message.tool_calls.map((call: Json) => String(call.id));
  }
  if (owed.length > 0) throw unanswered(owed);
}

const unanswered = (ids: readonly string[]): InvalidRequest =>
  new InvalidRequest(
    `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${ids.join(", ")}`,
    "messages",
  );

function itemsOf(message: Json, at: string): Item[] {
  switch (message?.role) {
    case "system":
    case "developer":
      return [{ kind: "said", by: "system", text: textOf(message.content, at) }];
    case "user":
      return [{ kind: "said", by: "caller", text: textOf(message.content, at) }];
    case "assistant": {
      const calls = Array.isArray(message.tool_calls)
        ? (message.tool_calls as { id: string; function: { name: string; arguments: string } }[])
        : [];
      const text = message.content === null || message.content === undefined ? "" : textOf(message.content, at);
      return [
        ...(text ? [{ kind: "said", by: "assistant", text } as const] : []),
        ...calls.map(
          (call) => ({ kind: "called", callId: call.id, name: call.function.name, arguments: call.function.arguments }) as const,
        ),
      ];
    }
    case "tool":
      return [{ kind: "returned", callId: String(message.tool_call_id), output: textOf(message.content, at) }];
    default:
      throw new InvalidRequest(
        `Invalid value for '${at}.role': supported are 'system', 'developer', 'user', 'assistant' and 'tool'.`,
        `${at}.role`,
      );
  }
}

function textOf(content: unknown, at: string): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content))
    throw new InvalidRequest(`Invalid type for '${at}.content': text or a list of parts.`, `${at}.content`, "invalid_type");
  return content
    .map((part: Json) => {
      if (part.type !== "text" && part.type !== "refusal")
        throw new InvalidRequest(
          `This stand-in reads text only; '${at}.content' holds a part of type '${String(part.type)}'.`,
          `${at}.content`,
        );
      return String(part.text ?? part.refusal);
    })
    .join("\n");
}

function toolsOf(tools: unknown): Tool[] {
  if (tools === undefined) return [];
  if (!Array.isArray(tools)) throw new InvalidRequest("Invalid type for 'tools': a list.", "tools", "invalid_type");
  return tools.map((tool: Json, at) => {
    const { name, description, parameters } = (tool.function ?? {}) as Json;
    if (tool.type !== "function" || typeof name !== "string" || !/^[\w-]{1,64}$/.test(name))
      throw new InvalidRequest(
        `Invalid 'tools[${at}]': a function with a name of at most 64 letters, digits, '_' and '-'.`,
        `tools[${at}].function.name`,
      );
    return { name, description: description as string | undefined, parameters: parameters as Json | undefined };
  });
}

export function toolChoiceOf(choice: unknown): Conversation["toolChoice"] {
  if (choice === "none" || choice === "required" || choice === "auto" || choice === undefined || choice === null)
    return choice ?? "auto";
  const named = choice as { name?: string; function?: { name?: string } };
  const name = named.function?.name ?? named.name;
  if (!name) throw new InvalidRequest("Invalid 'tool_choice': 'none', 'auto', 'required' or a named function.", "tool_choice");
  return { name };
}

function answerSchemaOf(format: Json): Conversation["answerSchema"] {
  if (format.type === "json_object")
    return { name: "answer", schema: { type: "object", properties: { answer: { type: "string" } } } };
  if (format.type !== "json_schema") return undefined;
  const { name, schema, strict } = (format.json_schema ?? {}) as { name?: string; schema?: Json; strict?: boolean };
  if (!name || !schema)
    throw new InvalidRequest(
      "Missing required parameter: 'response_format.json_schema' with a name and a schema.",
      "response_format.json_schema",
    );
  if (strict) checkStrictSchema(name, schema);
  return { name, schema };
}

export function completionBody({ id, createdSeconds, model, reply, callIds }: Completion): Json {
  const toolCalls = reply.toolCalls.map((call, at) => ({
    id: callIds[at],
    type: "function",
    function: { name: call.name, arguments: call.arguments },
  }));
  const message = {
    role: "assistant",
    content: reply.say ?? null,
    refusal: null,
    ...(toolCalls.length > 0 ? { tool_calls: toolCalls } : {}),
  };
  return {
    id,
    object: "chat.completion",
    created: createdSeconds,
    model,
    choices: [{ index: 0, message, logprobs: null, finish_reason: finishReason(reply) }],
    usage: usageBody(reply),
  };
}

/** The events of a streamed completion, without their framing. */
export function completionChunks({ id, createdSeconds, model, reply, callIds }: Completion, includeUsage: boolean): Json[] {
  const chunk = (choices: Json[], more: Json = {}): Json => ({
    id,
    object: "chat.completion.chunk",
    created: createdSeconds,
    model,
    choices,
    ...more,
  });
  const delta = (part: Json, finish: string | null = null) =>
    chunk([{ index: 0, delta: part, logprobs: null, finish_reason: finish }]);
  const words = (reply.say ?? "").match(/\s*\S+|\s+$/g) ?? [];
  return [
    delta({ role: "assistant", content: reply.say ? "" : null }),
    ...words.map((content) => delta({ content })),
    ...reply.toolCalls.flatMap((call, index) => [
      delta({ tool_calls: [{ index, id: callIds[index], type: "function", function: { name: call.name, arguments: "" } }] }),
      ...(call.arguments.match(/[\s\S]{1,24}/g) ?? []).map((part) =>
        delta({ tool_calls: [{ index, function: { arguments: part } }] }),
      ),
    ]),
    delta({}, finishReason(reply)),
    ...(includeUsage ? [chunk([], { usage: usageBody(reply) })] : []),
  ];
}

function finishReason({ toolCalls, cut }: Reply): string {
  if (cut) return "length";
  return toolCalls.length > 0 ? "tool_calls" : "stop";
}

function usageBody({ usage }: Reply): Json {
  return {
    prompt_tokens: usage.inputTokens,
    completion_tokens: usage.outputTokens,
    total_tokens: usage.inputTokens + usage.outputTokens,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: 0,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

/** Long enough for what was sent before to have left the machine. */
const beforeBreakMs = 50;

/** Server-sent events; with `breaks` the connection is lost in the middle. */
export function eventStream(events: readonly Json[], breaks: Clock | undefined): Response {
  const frames = [...events.map((event) => `data: ${JSON.stringify(event)}\n\n`), "data: [DONE]\n\n"];
  const sent = breaks ? frames.slice(0, Math.max(1, Math.floor(frames.length / 2))) : frames;
  const headers = { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" };
  return new Response(
    streamed(
      sent.map((frame) => new TextEncoder().encode(frame)),
      breaks,
    ),
    { headers },
  );
}

/** An answer of which half has come when the connection is lost. */
export async function broken(whole: Response, clock: Clock): Promise<Response> {
  const bytes = new Uint8Array(await whole.arrayBuffer());
  return new Response(streamed([bytes.slice(0, bytes.length / 2)], clock), { status: whole.status, headers: whole.headers });
}

function streamed(parts: readonly Uint8Array[], breaks: Clock | undefined): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const part = parts[at++];
      if (part !== undefined) controller.enqueue(part);
      else if (breaks) {
        await new Promise<void>((resolve) => breaks.after(beforeBreakMs, resolve));
        controller.error(new Error("the connection was lost on demand"));
      } else controller.close();
    },
  });
}
