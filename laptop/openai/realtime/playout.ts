/**
 * What the caller of a carried call hears: the service holds the sound of its responses, plays one after the other, and knows to the frame
 * how much of each was played.
 */
import type { MessageItem } from "./items.ts";

interface Playing {
  readonly responseId: string;
  readonly item: MessageItem;
  givenMs: number;
  playedMs: number;
  /** Nothing more of it comes. */
  complete: boolean;
  started: boolean;
}

/** What was cut off, and how much of it had been heard. */
export interface CutOff {
  readonly responseId: string;
  readonly item: MessageItem;
  readonly playedMs: number;
}

export class Playout {
  readonly #queue: Playing[] = [];
  readonly #tell: (type: "started" | "stopped", responseId: string) => void;

  constructor(tell: (type: "started" | "stopped", responseId: string) => void) {
    this.#tell = tell;
  }

  get isEmpty(): boolean {
    return this.#queue.length === 0;
  }

  /** More sound of a response joins the queue. */
  give(responseId: string, item: MessageItem, durationMs: number): void {
    const known = this.#queue.find((each) => each.responseId === responseId);
    if (known) known.givenMs += durationMs;
    else this.#queue.push({ responseId, item, givenMs: durationMs, playedMs: 0, complete: false, started: false });
    this.#start();
  }

  /** The response has been generated to its end. */
  complete(responseId: string): void {
    const known = this.#queue.find((each) => each.responseId === responseId);
    if (known) known.complete = true;
    this.played(0);
  }

  /** So much more was played. */
  played(durationMs: number): void {
    let leftMs = durationMs;
    for (let head = this.#queue[0]; head; head = this.#queue[0]) {
      const takenMs = Math.min(leftMs, head.givenMs - head.playedMs);
      head.playedMs += takenMs;
      leftMs -= takenMs;
      if (head.playedMs < head.givenMs || !head.complete) return;
      this.#queue.shift();
      this.#tell("stopped", head.responseId);
      this.#start();
    }
  }

  /** Forgets everything; answers what of it the caller was to hear. */
  clear(): readonly CutOff[] {
    return this.#queue.splice(0);
  }

  #start(): void {
    const [head] = this.#queue;
    if (!head || head.started) return;
    head.started = true;
    this.#tell("started", head.responseId);
  }
}
