/** A watched call told as a story: what happens to it, one event after the other, and all that it asked for. */

import { timesOf } from "../../runtime/bridge/sideband/limits.ts";
import type { Configured, ServiceEvent, ToolCall, Usage } from "../../runtime/bridge/sideband/service-events.ts";
import { nextDeadlineMs, step } from "../../runtime/bridge/sideband/step.ts";
import { rulesOf } from "../../runtime/bridge/sideband/tools.ts";
import { newWatch, type Watch, type WatchCommand, type WatchEvent } from "../../runtime/bridge/sideband/watch.ts";
import type { Choice, Turn } from "../../runtime/chat/record.ts";
import { defaultChatOptions } from "../../runtime/chat-options.ts";

/** 1,000 tokens of sound: $0.02 of the cheap model, $0.064 of the strong one. */
export const someSound: Usage = { output_token_details: { audio_tokens: 1_000, text_tokens: 0 } };

export interface StoryOptions {
  readonly choice?: Choice;
  readonly past?: readonly Turn[];
  readonly interrupted?: readonly string[];
  readonly resumed?: boolean;
  readonly spentUsd?: number;
  readonly budgetUsd?: number;
  readonly longestMs?: number;
}

export class WatchStory {
  nowMs = Date.UTC(2026, 10, 22, 9);
  watch: Watch;
  readonly commands: WatchCommand[] = [];

  constructor({
    choice = "cheap",
    past = [],
    interrupted = [],
    resumed = false,
    spentUsd = 0,
    budgetUsd = 2,
    longestMs = 1_800_000,
  }: StoryOptions = {}) {
    this.watch = newWatch(
      {
        mark: "mark",
        deployment: `realtime-${choice}`,
        choice,
        rules: rulesOf(defaultChatOptions, choice, "whisper"),
        limits: { ...timesOf(this.nowMs, longestMs), budgetUsd },
        past,
        interrupted,
        resumed,
        spentUsd,
      },
      this.nowMs,
    );
  }

  /** What this event asked for. */
  happens(event: WatchEvent): readonly WatchCommand[] {
    const { watch, commands } = step(this.watch, event, this.nowMs);
    this.watch = watch;
    this.commands.push(...commands);
    return commands;
  }

  says(...events: readonly ServiceEvent[]): readonly WatchCommand[] {
    return events.flatMap((event) => this.happens({ kind: "service", event }));
  }

  /** Time goes by, with every deadline in it. */
  passes(durationMs: number): readonly WatchCommand[] {
    const untilMs = this.nowMs + durationMs;
    const asked: WatchCommand[] = [];
    for (let due = nextDeadlineMs(this.watch); due !== undefined && due <= untilMs; due = nextDeadlineMs(this.watch)) {
      this.nowMs = Math.max(this.nowMs, due);
      asked.push(...this.happens({ kind: "tick" }));
    }
    this.nowMs = untilMs;
    return asked;
  }

  /** The rules as the service confirms them. */
  get confirmed(): ServiceEvent {
    const { instructions, tools, mostOutputTokens, transcription } = this.watch.rules;
    return { kind: "configured", configured: { instructions, tools, mostOutputTokens, transcription } };
  }

  changed(changes: Partial<Configured>): ServiceEvent {
    const { confirmed } = this;
    if (confirmed.kind !== "configured") throw new Error("The rules are what is confirmed.");
    return { kind: "configured", configured: { ...confirmed.configured, ...changes } };
  }

  /** Joined, and confirmed by the service. */
  attached(): this {
    this.happens({ kind: "start" });
    this.happens({ kind: "joined" });
    this.says(this.confirmed);
    return this;
  }

  personSays(itemId: string, text: string): readonly WatchCommand[] {
    return this.says(
      { kind: "speech_started" },
      { kind: "committed", itemId },
      { kind: "transcribed", itemId, text, usage: { type: "duration", seconds: 2 } },
    );
  }

  /** A spoken response from its first word to its usage; it begins to be heard at once. */
  speaks(id: string, text: string, { usage = someSound, calls = [], status = "completed" }: Done = {}): readonly WatchCommand[] {
    return this.says(
      { kind: "response_created", responseId: `resp_${id}`, beside: false, mostOutputTokens: 2_048 },
      { kind: "playing", responseId: `resp_${id}` },
      { kind: "words", responseId: `resp_${id}`, itemId: `item_${id}`, text, whole: true, spoken: true },
      { kind: "response_done", responseId: `resp_${id}`, status, usage, calls },
    );
  }

  /** Tools asked for without a word. */
  asks(id: string, ...calls: readonly ToolCall[]): readonly WatchCommand[] {
    return this.says(
      { kind: "response_created", responseId: `resp_${id}`, beside: false, mostOutputTokens: 2_048 },
      { kind: "response_done", responseId: `resp_${id}`, status: "completed", usage: someSound, calls },
    );
  }

  heardIt(id: string): readonly WatchCommand[] {
    return this.says({ kind: "played", responseId: `resp_${id}` });
  }

  /** The messages that were sent, in order. */
  get sent(): readonly Sent[] {
    return sentIn(this.commands);
  }

  get turns(): readonly string[] {
    return this.commands.flatMap((each) => (each.kind === "keep_turn" ? [`${each.turn.persona}: ${each.turn.content}`] : []));
  }
}

interface Done {
  readonly usage?: Usage | undefined;
  readonly calls?: readonly ToolCall[];
  readonly status?: string;
}

export type Sent = { readonly type: string } & Readonly<Record<string, never>>;

export const sentIn = (commands: readonly WatchCommand[]): readonly Sent[] =>
  commands.flatMap((each) => (each.kind === "send" ? (each.messages as readonly Sent[]) : []));

export const kindsOf = (commands: readonly WatchCommand[]): readonly string[] => commands.map((each) => each.kind);

export const expertAsked = (toolCallId: string): ToolCall => ({
  toolCallId,
  name: "ask_expert",
  argumentsJson: '{"question":"Why?"}',
});
