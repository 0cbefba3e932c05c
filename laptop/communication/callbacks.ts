/**
 * What an app is told about its call: CloudEvents posted to its callback address, each with a fresh token, one after the other in the
 * order things happened. An answer of 5xx or none at all is tried again, a refusal is not.
 */
import type { Clock } from "../clock.ts";

const attempts = 4;
const firstPauseMs = 500;
const timeoutMs = 10_000;

export interface CallbackEvent {
  readonly id: string;
  /** Without the `Microsoft.Communication.` in front. */
  readonly type: string;
  readonly subject: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface CallbackArgs {
  readonly clock: Clock;
  readonly token: () => Promise<string>;
  readonly fetch: typeof fetch;
}

/** The callbacks of one call. */
export class Callbacks {
  readonly #args: CallbackArgs;
  #last: Promise<void> = Promise.resolve();
  #open = true;

  constructor(args: CallbackArgs) {
    this.#args = args;
  }

  /** Queues an event behind those that were sent before; returns at once. */
  send(url: string, { id, type, subject, data }: CallbackEvent): void {
    const event = {
      id,
      source: subject,
      type: `Microsoft.Communication.${type}`,
      specversion: "1.0",
      datacontenttype: "application/json",
      subject,
      time: new Date(this.#args.clock.nowMs()).toISOString(),
      data,
    };
    this.#last = this.#last.then(() => this.#deliver(url, JSON.stringify([event])));
  }

  /** Stops trying; what is on its way may still arrive. */
  close(): void {
    this.#open = false;
  }

  async #deliver(url: string, body: string): Promise<void> {
    for (let attempt = 0; attempt < attempts && this.#open; attempt++) {
      if (attempt > 0) await this.#pause(firstPauseMs * 2 ** (attempt - 1));
      if (await this.#post(url, body)) return;
    }
  }

  #pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.#args.clock.after(delayMs, resolve));
  }

  /** True when the app has it, or has refused it for good. */
  async #post(url: string, body: string): Promise<boolean> {
    try {
      const answer = await this.#args.fetch(url, {
        method: "POST",
        headers: {
          "content-type": "application/cloudevents-batch+json; charset=utf-8",
          authorization: `Bearer ${await this.#args.token()}`,
        },
        body,
        redirect: "manual",
        signal: AbortSignal.timeout(timeoutMs),
      });
      await answer.body?.cancel();
      return answer.status < 500;
    } catch {
      return false;
    }
  }
}
