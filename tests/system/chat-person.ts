/** A person who chats on a running laptop: by the API, and over WebRTC as a browser does. */
import { expect, vi } from "vitest";
import { patiently } from "../../bench/chat/sessions.ts";
import type { Voice } from "../../laptop/voice/voice.ts";
import type { Choice } from "../../runtime/chat/record.ts";
import type { Dial } from "../../runtime/chat-options.ts";
import { BrowserPeer } from "../support/browser-peer.ts";
import type { RunningLaptop } from "../support/laptop.ts";

/** On two cores that everything shares. */
export const patient = { timeout: 60_000, interval: 300 };

export interface Told {
  readonly turns: readonly { readonly persona: string; readonly content: string }[];
  readonly answers: number;
  readonly costUsd: number;
  readonly endedBy?: string;
}

export interface Written {
  readonly answer: string;
  readonly deployment: string;
  readonly choice: Choice;
}

/** One voice connection of theirs. */
export interface Talk {
  /** Who answers, as the answer to the offer says. */
  readonly choice: string | null;
  readonly model: string | null;
  readonly browser: BrowserPeer;
}

/** The dial's ends, so that what is tried hangs on nothing that the router has learned. */
export const always: Readonly<Record<Choice, Dial>> = { cheap: { spend_at_most: 0 }, strong: { keep_at_least: 1 } };

export class ChatPerson {
  readonly #laptop: RunningLaptop;
  readonly #voice: Voice;
  readonly #browsers: BrowserPeer[] = [];

  constructor(laptop: RunningLaptop, voice: Voice) {
    this.#laptop = laptop;
    this.#voice = voice;
  }

  #ask(path: string, request?: RequestInit): Promise<Response> {
    return patiently(() => this.#laptop.api("viewer", path, request));
  }

  async #post(path: string, body: object): Promise<Response> {
    const headers = { "content-type": "application/json" };
    return this.#ask(path, { method: "POST", headers, body: JSON.stringify(body) });
  }

  /** A session in which the router has chosen so. */
  async session(choice: Choice): Promise<string> {
    const answer = await this.#post("/api/ModelRouter", { message: "Hello", dial: always[choice] });
    return ((await answer.json()) as { sessionId: string }).sessionId;
  }

  /** The answer to an offer, which the browser has not taken yet. */
  async offers(sessionId: string, choice: Choice): Promise<{ browser: BrowserPeer; answer: Response }> {
    const browser = new BrowserPeer(this.#voice, { deaf: true });
    this.#browsers.push(browser);
    const answer = await this.#ask(`/api/realtime/calls?choice=${choice}&sessionId=${sessionId}`, {
      method: "POST",
      headers: { "content-type": "application/sdp" },
      body: await browser.offer(),
    });
    return { browser, answer };
  }

  /** Opens a voice connection. Rejects with the answer where there is none. */
  async talks(sessionId: string, choice: Choice): Promise<Talk> {
    const { browser, answer } = await this.offers(sessionId, choice);
    const text = await answer.text();
    if (answer.status !== 201) throw new Error(`The offer was answered ${answer.status}: ${text}`);
    await browser.connect(text);
    return { choice: answer.headers.get("x-choice"), model: answer.headers.get("x-model"), browser };
  }

  writes(message: string, choice: Choice): Promise<Response> {
    return this.#post("/api/chat/turns", { message, dial: always[choice] });
  }

  /** The session as its own API tells it; with `after`, once that item is kept. */
  async told(sessionId: string, after?: string): Promise<Told> {
    const query = after === undefined ? "" : `?after=${after}`;
    return (await (await this.#ask(`/api/chat/sessions/${sessionId}${query}`)).json()) as Told;
  }

  /** The session as staff see it in the list. */
  async listed(sessionId: string): Promise<Readonly<Record<string, unknown>> | undefined> {
    const listed = (await (await this.#ask("/chat/sessions?limit=100")).json()) as { session_id: string }[];
    return listed.find((each) => each.session_id === sessionId);
  }

  async leaves(): Promise<void> {
    await Promise.all(this.#browsers.splice(0).map((each) => each.close()));
  }
}

/** Types a message; resolves with the item of its written answer. */
export async function asks(browser: BrowserPeer, text: string): Promise<string> {
  const answers = () => browser.told.filter((each) => each.type === "response.output_text.done");
  const before = answers().length;
  const item = { type: "message", role: "user", content: [{ type: "input_text", text }] };
  browser.sends({ type: "conversation.item.create", item });
  browser.sends({ type: "response.create", response: { output_modalities: ["text"] } });
  await vi.waitFor(() => expect(answers().length).toBeGreaterThan(before), patient);
  return String(answers()[before]?.item_id);
}

/** What the model has said aloud, as it was written beside it. */
export const spoken = (browser: BrowserPeer): string[] =>
  browser.told.flatMap((each) => (each.type === "response.output_audio_transcript.done" ? [String(each.transcript)] : []));

/** How many chats the bridge watches, and by how many sockets. */
export async function watchedBy(laptop: RunningLaptop): Promise<unknown> {
  const { chats } = (await (await fetch(`${laptop.outputs.bridgeUrl}/readyz`)).json()) as { chats: unknown };
  return chats;
}
