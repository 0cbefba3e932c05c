/** A caller with the stand-in model on the line: told what the runtime tells it, using the runtime's own tools on a record in memory. */
import type { Item } from "../../laptop/model/conversation.ts";
import { createModel } from "../../laptop/model/model.ts";
import { conversationOf } from "../../laptop/openai/chat-completions.ts";
import { itemFrom, modelItems } from "../../laptop/openai/realtime/items.ts";
import { type Agent, agentSchema } from "../../runtime/agent.ts";
import type { Call, CallRecord } from "../../runtime/calls/call.ts";
import { phrasesIn } from "../../runtime/calls/phrases.ts";
import { instructionsFor } from "../../runtime/calls/prompts.ts";
import { type CallStore, callStore } from "../../runtime/calls/store.ts";
import { runTool, type ToolEffect, toolsFor } from "../../runtime/calls/tools.ts";
import { type DigitsContext, deliverDigits } from "../../runtime/calls/verification.ts";
import { defaultFlags, type Flags } from "../../runtime/flags.ts";
import { memoryDocuments } from "../support/memory-documents.ts";

/** How the model's service is given the conversation: as items of a session, or as messages with every request. */
export type Wire = "realtime" | "chat completions";

export interface Setting {
  readonly wire?: Wire;
  readonly language?: string;
  readonly agent?: Partial<Agent>;
  readonly record?: Partial<CallRecord>;
  readonly flags?: Partial<Flags>;
  readonly post?: DigitsContext["post"];
}

/** Sunday. */
export const now = new Date("2026-11-22T09:00:00Z");
export const sentCode = "314159";
const model = createModel();
const moment = { nowMs: now.getTime(), random: () => 0 };
const mostRounds = 5;

export class ModelCall {
  readonly store: CallStore = callStore(memoryDocuments(), () => now);
  readonly used: string[] = [];
  readonly effects: ToolEffect[] = [];
  readonly texts: string[] = [];
  readonly recorded: string[] = [];
  readonly withdrawn: string[] = [];
  /** Everything the assistant has said. */
  readonly heard: string[] = [];
  readonly #setting: Setting;
  readonly #flags: Flags;
  readonly #items: Item[] = [];
  #instructions = "";
  #typing: { callId: string; name: string } | undefined;

  private constructor(setting: Setting) {
    this.#setting = setting;
    this.#flags = { ...defaultFlags, ...setting.flags };
  }

  /** The caller has heard the greeting. */
  static async begin(setting: Setting = {}): Promise<ModelCall> {
    const call = new ModelCall(setting);
    const { language = "fr-FR", agent = {}, record = {} } = setting;
    await call.store.create({
      call_id: "call",
      created_at: now.toISOString(),
      direction: "inbound",
      phone_number: "+33612345678",
      initiate: agentSchema.parse({ bot_company: "Contoso", bot_name: "Amélie", ...agent }),
      status: "connected",
      claim: {},
      reminders: [],
      lang_short_code: language,
      ...record,
    });
    const { initiate } = await call.record();
    call.#say(phrasesIn(language, initiate).hello_tpl[0]);
    await call.#brief();
    return call;
  }

  async record(): Promise<Call> {
    const call = await this.store.get("call");
    if (!call) throw new Error("the call has no record");
    return call;
  }

  /** What the assistant says to these words. */
  async says(words: string): Promise<string> {
    this.#items.push({ kind: "said", by: "caller", text: words });
    return this.#goOn();
  }

  /** What the assistant says to keys that are not secret. */
  async presses(digits: string): Promise<string> {
    this.#items.push({ kind: "said", by: "system", text: `The caller pressed ${[...digits].join(" ")} on the keypad.` });
    return this.#goOn();
  }

  /** What the assistant says once digits that it does not see have been typed. */
  async types(digits: string): Promise<string> {
    const typing = this.#typing;
    if (!typing) throw new Error("nobody waits for digits");
    this.#typing = undefined;
    const post = this.#setting.post ?? (async () => ({ accepted: true }));
    const output = await deliverDigits({ store: this.store, now: () => now, post })({
      callId: "call",
      name: typing.name,
      digits,
    });
    this.#items.push({ kind: "returned", callId: typing.callId, output });
    return this.#goOn();
  }

  async #goOn(): Promise<string> {
    const before = this.heard.length;
    for (let round = 0; round < mostRounds; round++) {
      const reply = await this.#reply();
      if (reply.say) this.#say(reply.say);
      for (const { name, arguments: given } of reply.toolCalls) await this.#use(name, given);
      if (reply.toolCalls.length === 0 || this.#typing) return this.heard.slice(before).join(" ");
    }
    throw new Error("the model never stopped calling tools");
  }

  async #reply() {
    const tools = toolsFor(await this.record(), this.#flags);
    return this.#setting.wire === "chat completions"
      ? model.reply(conversationOf(chatBody(this.#instructions, tools, this.#items)), moment)
      : model.reply({ instructions: this.#instructions, tools, items: sessionItems(this.#items) }, moment);
  }

  #say(text: string): void {
    this.heard.push(text);
    this.#items.push({ kind: "said", by: "assistant", text });
  }

  async #use(name: string, given: string): Promise<void> {
    this.used.push(name);
    const callId = `tool_${this.#items.length}`;
    this.#items.push({ kind: "called", name, arguments: given, callId });
    const { content, effect } = await runTool(
      {
        callId: "call",
        toolId: callId,
        store: this.store,
        sms: { send: async (_to, message) => void this.texts.push(message) },
        knowledge: { search: async () => [] },
        finish: async () => undefined,
        now: () => now,
        newId: () => "next-call",
        newCode: () => sentCode,
        flags: async () => this.#flags,
        startRecording: async (recorded) => this.recorded.push(recorded) > 0,
        withdrawRecording: async (recorded) => this.withdrawn.push(recorded),
      },
      name,
      given,
    );
    if (effect) this.effects.push(effect);
    if (effect?.kind === "collect_digits") this.#typing = { callId, name: effect.name };
    else this.#items.push({ kind: "returned", callId, output: content });
    // As in a session: told anew only when what it was told first does not hold any more.
    if (effect?.kind === "language" || effect?.kind === "speed") await this.#brief();
  }

  async #brief(): Promise<void> {
    this.#instructions = instructionsFor(await this.record(), now, this.#flags);
  }
}

function sessionItems(items: readonly Item[]): readonly Item[] {
  return modelItems(items.map((item, at) => itemFrom(sessionItem(item), `item_${at}`)));
}

function sessionItem(item: Item): object {
  const message = (role: string, type: string, words: object) => ({ type: "message", role, content: [{ type, ...words }] });
  switch (item.kind) {
    case "said":
      return item.by === "assistant"
        ? message("assistant", "output_audio", { transcript: item.text })
        : message(item.by === "caller" ? "user" : "system", "input_text", { text: item.text });
    case "called":
      return { type: "function_call", call_id: item.callId, name: item.name, arguments: item.arguments };
    case "returned":
      return { type: "function_call_output", call_id: item.callId, output: item.output };
    case "sound":
      return message("user", "input_text", { text: "" });
  }
}

function chatBody(instructions: string, tools: ReturnType<typeof toolsFor>, items: readonly Item[]): Record<string, unknown> {
  return {
    messages: [{ role: "system", content: instructions }, ...items.map(chatMessage)],
    tools: tools.map((each) => ({ type: "function", function: each })),
  };
}

function chatMessage(item: Item): object {
  switch (item.kind) {
    case "said":
      return { role: item.by === "caller" ? "user" : item.by, content: item.text };
    case "called": {
      const asked = { id: item.callId, type: "function", function: { name: item.name, arguments: item.arguments } };
      return { role: "assistant", tool_calls: [asked] };
    }
    case "returned":
      return { role: "tool", tool_call_id: item.callId, content: item.output };
    case "sound":
      return { role: "user", content: "" };
  }
}
