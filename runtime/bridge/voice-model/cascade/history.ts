/**
 * The conversation as the chat model is given it: who said what in order, tools with their answers, and of our own words those that were
 * heard. One session's; a new one begins with what its instructions tell.
 */
import type OpenAI from "openai";
import { heardWords, send, silent } from "../../playback.ts";

type Message = OpenAI.Chat.Completions.ChatCompletionMessageParam;

export interface ToolCall {
  readonly toolCallId: string;
  readonly name: string;
  readonly argumentsJson: string;
}

/** A sentence on its way to the caller. */
interface Spoken {
  readonly text: string;
  durationMs: number;
}

interface Utterance {
  readonly kind: "assistant";
  readonly id: string;
  spoken: Spoken[];
  /** Nothing is added to it any more. */
  cut: boolean;
}

type Item =
  | { readonly kind: "caller"; readonly id: string; text: string }
  | Utterance
  | { readonly kind: "tools"; readonly responseId: string; readonly calls: { readonly call: ToolCall; content?: string }[] }
  | { readonly kind: "note"; readonly text: string };

/** Older items are forgotten: claim and reminders are in the instructions, and a long prompt answers late. */
const mostItems = 80;
const withheld = "(What the caller said was withheld by the content filter.)";
const stillRunning = "The tool has not answered yet; do not call it again.";
const broken =
  "A fault interrupted you after your last words, which were heard. Go on from there: neither repeat them nor mention the fault.";

export class History {
  #items: Item[] = [];

  caller(id: string, text: string): void {
    this.#add({ kind: "caller", id, text });
  }

  note(text: string): void {
    this.#add({ kind: "note", text });
  }

  /** A sentence of the utterance `id` is about to be said; the answer takes down how much of its sound was given to the caller. */
  say(id: string, text: string): (durationMs: number) => void {
    const sentence: Spoken = { text, durationMs: 0 };
    const item = this.#assistant(id);
    if (!item) this.#add({ kind: "assistant", id, spoken: [sentence], cut: false });
    else if (!item.cut) item.spoken.push(sentence);
    return (durationMs) => {
      sentence.durationMs += durationMs;
    };
  }

  /** Sentences of which there was no sound yet will not be said. */
  unsay(id: string): void {
    const item = this.#assistant(id);
    if (item)
      this.#keep(
        item,
        item.spoken.filter(({ durationMs }) => durationMs > 0),
      );
  }

  /** Keeps the whole words of an utterance that fall within its first `heardMs`, and takes nothing more into it. */
  truncate(id: string, heardMs: number): void {
    const item = this.#assistant(id);
    if (!item) return;
    let leftMs = heardMs;
    const kept: Spoken[] = [];
    for (const { text, durationMs } of item.spoken) {
      if (leftMs <= 0) break;
      const heardText = leftMs >= durationMs ? text : heardWords(text, send(silent, durationMs, 0), leftMs);
      if (heardText) kept.push({ text: heardText, durationMs: Math.min(durationMs, leftMs) });
      leftMs -= durationMs;
    }
    item.cut = true;
    this.#keep(item, kept);
  }

  /** Tools asked for in one response belong together. */
  called(responseId: string, call: ToolCall): void {
    const asked = this.#items.at(-1);
    if (asked?.kind === "tools" && asked.responseId === responseId) asked.calls.push({ call });
    else this.#add({ kind: "tools", responseId, calls: [{ call }] });
  }

  answered(toolCallId: string, content: string): void {
    for (const item of this.#items) {
      const run = item.kind === "tools" ? item.calls.find((each) => each.call.toolCallId === toolCallId) : undefined;
      if (run) run.content = content;
    }
  }

  /** What the content filter refuses would be refused with every further turn: the caller's latest words are taken out. */
  withhold(): void {
    const latest = this.#items.findLast((each) => each.kind === "caller");
    if (latest) latest.text = withheld;
  }

  /** For the chat model. The utterance `brokenOff` is gone on with, if nothing was said since. */
  messages(instructions: string, brokenOff?: string): Message[] {
    const told: Message[] = [{ role: "system", content: instructions }, ...this.#items.flatMap(messagesOf)];
    const last = this.#items.at(-1);
    const goesOn = last?.kind === "assistant" && last.id === brokenOff;
    return goesOn ? [...told, { role: "system", content: broken }] : told;
  }

  #assistant(id: string): Utterance | undefined {
    return this.#items.find((each): each is Utterance => each.kind === "assistant" && each.id === id);
  }

  #keep(item: Utterance, spoken: readonly Spoken[]): void {
    item.spoken = [...spoken];
    if (spoken.length === 0) this.#items = this.#items.filter((each) => each !== item);
  }

  #add(item: Item): void {
    this.#items.push(item);
    if (this.#items.length > mostItems) this.#items.shift();
  }
}

function messagesOf(item: Item): Message[] {
  switch (item.kind) {
    case "caller":
      return [{ role: "user", content: item.text }];
    case "assistant":
      return [
        {
          role: "assistant",
          content: item.spoken
            .map((each) => each.text)
            .join("")
            .trim(),
        },
      ];
    case "note":
      return [{ role: "system", content: item.text }];
    case "tools":
      return [
        {
          role: "assistant",
          tool_calls: item.calls.map(({ call }) => ({
            id: call.toolCallId,
            type: "function" as const,
            function: { name: call.name, arguments: call.argumentsJson },
          })),
        },
        ...item.calls.map(({ call, content = stillRunning }) => ({
          role: "tool" as const,
          tool_call_id: call.toolCallId,
          content,
        })),
      ];
  }
}
