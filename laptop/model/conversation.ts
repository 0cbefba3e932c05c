/** What the stand-in model is given and what it gives back; the wire shapes of the API stay in laptop/openai. */

export interface Tool {
  readonly name: string;
  readonly description?: string | undefined;
  /** JSON schema of the arguments. */
  readonly parameters?: Readonly<Record<string, unknown>> | undefined;
}

/** One thing that happened, in order. `sound` is speech of the caller in which no words were decoded. */
export type Item =
  | { readonly kind: "said"; readonly by: "caller" | "assistant" | "system"; readonly text: string }
  | { readonly kind: "sound" }
  | { readonly kind: "called"; readonly name: string; readonly arguments: string; readonly callId: string }
  | { readonly kind: "returned"; readonly callId: string; readonly output: string };

/** A JSON schema the answer must follow (`response_format: json_schema`). */
export interface AnswerSchema {
  readonly name: string;
  readonly schema: Readonly<Record<string, unknown>>;
}

export interface Conversation {
  readonly instructions: string;
  /** Instructions of this one response, which come before the standing ones. */
  readonly request?: string | undefined;
  readonly tools: readonly Tool[];
  /** `none` keeps the model from calling any tool; a name makes it call that one. */
  readonly toolChoice?: "auto" | "none" | "required" | { readonly name: string } | undefined;
  readonly items: readonly Item[];
  readonly answerSchema?: AnswerSchema | undefined;
  readonly maxOutputTokens?: number | undefined;
}

export interface ToolRequest {
  readonly name: string;
  /** JSON text. */
  readonly arguments: string;
}

export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

export interface Reply {
  readonly say?: string;
  readonly toolCalls: readonly ToolRequest[];
  /** The words were cut at `maxOutputTokens`. */
  readonly cut: boolean;
  readonly usage: Usage;
}

/** Time and chance as one reply sees them. */
export interface Moment {
  readonly nowMs: number;
  /** From 0 up to, not including, 1. */
  readonly random: () => number;
}

export interface Model {
  reply(conversation: Conversation, moment: Moment): Reply;
}

export const languages = ["en", "fr", "es", "zh", "de"] as const;
export type LanguageCode = (typeof languages)[number];

/** The words of the caller after which nothing but tools happened, and what those tools were. */
export interface Turn {
  /** Empty when the caller has not said anything yet, or made only a sound. */
  readonly words: string;
  readonly soundOnly: boolean;
  readonly calls: readonly { readonly name: string; readonly arguments: string; readonly output: string | undefined }[];
  /** What the assistant has said since the caller spoke. */
  readonly answered: string;
  /** What the assistant said last before the caller spoke: what the caller answers to. */
  readonly asked: string;
}

export function turnOf(items: readonly Item[]): Turn {
  const last = items.findLastIndex((item) => item.kind === "sound" || (item.kind === "said" && item.by === "caller"));
  let first = last;
  const isCaller = (item: Item | undefined) => item?.kind === "sound" || (item?.kind === "said" && item.by === "caller");
  while (first > 0 && isCaller(items[first - 1])) first--;
  const spoken = last < 0 ? [] : items.slice(first, last + 1);
  const words = spoken.flatMap((item) => (item.kind === "said" ? [item.text] : [])).join(" ");
  const since = items.slice(last + 1);
  const outputs = new Map(since.flatMap((item) => (item.kind === "returned" ? [[item.callId, item.output] as const] : [])));
  return {
    words: words.trim(),
    soundOnly: last >= 0 && words.trim() === "",
    calls: since.flatMap((item) =>
      item.kind === "called" ? [{ name: item.name, arguments: item.arguments, output: outputs.get(item.callId) }] : [],
    ),
    answered: saidBy("assistant", since).join(" "),
    asked: saidBy("assistant", last < 0 ? [] : items.slice(0, first)).at(-1) ?? "",
  };
}

/** Earlier words of the caller after which no tool did anything, as when the answer was interrupted; with what they answered to. */
export function untakenTurns(items: readonly Item[]): { readonly words: string; readonly asked: string }[] {
  const turns: { words: string; asked: string; over: boolean; taken: boolean }[] = [];
  let asked = "";
  for (const item of items) {
    const current = turns.at(-1);
    if (item.kind === "returned" && current) current.taken = true;
    if (item.kind !== "said" || item.by === "system") continue;
    if (item.by === "assistant") {
      asked = item.text;
      if (current) current.over = true;
    } else if (current && !current.over) current.words += ` ${item.text}`;
    else turns.push({ words: item.text, asked, over: false, taken: false });
  }
  return turns.slice(0, -1).filter(({ taken }) => !taken);
}

export function saidBy(by: "caller" | "assistant" | "system", items: readonly Item[]): string[] {
  return items.flatMap((item) => (item.kind === "said" && item.by === by && item.text.trim() ? [item.text] : []));
}

/** The schema of one argument of a tool; undefined when the tool is not offered or takes no such argument. */
export function parameterOf(tools: readonly Tool[], tool: string, name: string): Readonly<Record<string, unknown>> | undefined {
  const properties = tools.find((each) => each.name === tool)?.parameters?.properties as
    | Readonly<Record<string, Readonly<Record<string, unknown>>>>
    | undefined;
  return properties?.[name];
}

/** Tokens of a text, roughly as OpenAI's tokenisers count: four letters of a Latin word each, one for a Chinese character. */
export function countTokens(text: string): number {
  const wide = text.match(/[\u2e80-\u9fff\uac00-\ud7af]/g)?.length ?? 0;
  return wide + Math.ceil((text.length - wide) / 4);
}

/** The parsed object, or an empty one for anything else. */
export function parseObject(json: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
