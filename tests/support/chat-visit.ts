/** A person at the chat page: a browser of their own, whose microphone says what they are told to say. */
import { expect } from "vitest";
import { bytesFromPcm } from "../../laptop/voice/sound.ts";
import { openVoice } from "../../laptop/voice/voice.ts";
import { type Browser, type Page, watch } from "./browser.ts";
import type { RunningLaptop } from "./laptop.ts";

declare global {
  interface Window {
    /** What the page told models, and what they told it, as it was sent. */
    told: string[];
    heard: string[];
    connections: RTCPeerConnection[];
    /** After each change of one: how many sessions are up, how many of them are sent a microphone, and whether the player plays one of them. */
    lines: { up: number; hearing: number; played: boolean }[];
    /** What the page asked microphones for. */
    microphones: MediaStreamConstraints[];
    /** Has the microphone play 24 kHz PCM16; resolves at its end. */
    speak(base64: string): Promise<void>;
    /** The microphone gives nothing at all from now on; or is pulled out. */
    hush(): void;
    unplug(): void;
  }
}

/** Patience in front of real sound and two slow cores. */
export const patient = { timeout: 45_000 };

export interface VisitOptions {
  /** Whether the browser may use one. */
  readonly microphone?: boolean;
  readonly width?: number;
  /** The page's timers can be moved on (`page.clock`). */
  readonly clock?: boolean;
  /** Run in the page before anything else. */
  readonly before?: () => void;
  /** Who signs in; nobody for a visitor. */
  readonly as?: "viewer" | "supervisor" | "visitor";
}

export class ChatVisit {
  readonly page: Page;
  /** What the page may not do (tests/support/browser.ts). */
  readonly faults: string[];
  /** Everything the server sent: bodies, and headers but for the cookie that no script sees. */
  readonly received: string[] = [];
  readonly #laptop: RunningLaptop;

  constructor(page: Page, laptop: RunningLaptop) {
    this.page = page;
    this.#laptop = laptop;
    this.faults = watch(page) as string[];
  }

  /** Opens the page. Where there is no network, WebRTC needs the microphone's permission to use loopback. */
  static async open(
    browser: Browser,
    laptop: RunningLaptop,
    { microphone = true, width = 1_280, clock = false, before, as = "viewer" }: VisitOptions = {},
  ): Promise<ChatVisit> {
    const context = await browser.newContext({
      permissions: microphone ? ["microphone"] : [],
      viewport: { width, height: 900 },
    });
    const page = await context.newPage();
    page.setDefaultTimeout(patient.timeout);
    const visit = new ChatVisit(page, laptop);
    await page.addInitScript(overhear);
    if (before) await page.addInitScript(before);
    if (clock) await page.clock.install();
    await page.goto(`${laptop.outputs.functionAppUrl}/chat`);
    if (as !== "visitor") await page.getByRole("button", { name: as }).click();
    await page.getByRole("heading", { name: "Chat", exact: true }).waitFor();
    page.on("response", async (response) => {
      // A redirect has no body to read, nor has what comes while the page goes.
      const { "set-cookie": _cookie, ...headers }: Record<string, string> = await response.allHeaders().catch(() => ({}));
      visit.received.push(JSON.stringify(headers), await response.text().catch(() => ""));
    });
    await page.reload();
    return visit;
  }

  get log() {
    return this.page.getByRole("log");
  }
  /** Answers, in order; only those with these words. */
  answers(words: string | RegExp = "") {
    return this.log.locator(".assistant", { hasText: words });
  }
  section(name: string) {
    return this.page.getByRole("region", { name });
  }
  button(name: string) {
    return this.page.getByRole("button", { name, exact: true });
  }

  /** Turns the dial to its end, so that what is tried hangs little on what the router has learned. */
  async turnsDial(choice: "cheap" | "strong"): Promise<void> {
    const dial = this.page.getByRole("slider", { name: "Cost and quality" });
    await dial.fill((await dial.getAttribute(choice === "cheap" ? "min" : "max")) ?? "");
  }

  async types(words: string): Promise<void> {
    await this.page.getByLabel("Message").fill(words);
    await this.page.getByLabel("Message").press("Enter");
  }

  /** Says it into the microphone, at the pace of speech. */
  async speaks(words: string): Promise<void> {
    const sound = bytesFromPcm((await openVoice()).speak(words)).toString("base64");
    await this.page.evaluate((base64) => window.speak(base64), sound);
  }

  /** Waits for an answer with these words; fails with the page's own words when it says what went wrong. */
  async answered(words: string | RegExp): Promise<void> {
    const alert = this.page.getByRole("alert").locator("p");
    const answer = this.answers(words);
    await alert.or(answer).first().waitFor();
    expect(await alert.allTextContents()).toEqual([]);
  }

  /** Waits until the page says that things stand so. */
  async state(words: string | RegExp): Promise<void> {
    await this.page.getByRole("status").filter({ hasText: words }).waitFor();
  }

  /** Waits for an alert with these words. */
  async warned(words: string | RegExp): Promise<void> {
    await this.page.getByRole("alert").filter({ hasText: words }).waitFor();
  }

  /** The newest session, as its person is shown it by the API. */
  async session(): Promise<Session> {
    const sessions = (await (await this.#laptop.api("viewer", "/chat/sessions")).json()) as { session_id: string }[];
    return (await (await this.#laptop.api("viewer", `/api/chat/sessions/${sessions[0]?.session_id}`)).json()) as Session;
  }

  close(): Promise<void> {
    return this.page.context().close();
  }
}

export interface Session {
  readonly sessionId: string;
  readonly turns: readonly { readonly id: string; readonly persona: string; readonly content: string; readonly model?: string }[];
  readonly answers: number;
  readonly costUsd: number;
  readonly strongCostUsd: number;
  readonly savedUsd: number;
  readonly endedBy?: string;
}

/** In the page: keeps what passes between it and models, and gives it a microphone that hums until it speaks. */
function overhear(): void {
  window.told = [];
  window.heard = [];
  window.connections = [];
  window.microphones = [];
  window.lines = [];
  const isUp = (each: RTCPeerConnection): boolean => each.connectionState === "connected";
  const look = (): void => {
    const up = window.connections.filter(isUp);
    const sound = document.querySelector("audio")?.srcObject as MediaStream | null | undefined;
    const heard = up.flatMap((each) => each.getReceivers().map(({ track }) => track.id));
    window.lines.push({
      up: up.length,
      hearing: up.filter((each) => each.getSenders().some(({ track }) => track)).length,
      played: sound?.getTracks().some(({ id }) => heard.includes(id)) ?? false,
    });
  };
  const { close } = RTCPeerConnection.prototype;
  RTCPeerConnection.prototype.close = function (this: RTCPeerConnection) {
    Reflect.apply(close, this, []);
    look();
  };
  const { replaceTrack } = RTCRtpSender.prototype;
  RTCRtpSender.prototype.replaceTrack = async function (this: RTCRtpSender, track: MediaStreamTrack | null) {
    await Reflect.apply(replaceTrack, this, [track]);
    look();
  };
  const { send } = RTCDataChannel.prototype;
  RTCDataChannel.prototype.send = function (this: RTCDataChannel, data: unknown) {
    window.told.push(String(data));
    Reflect.apply(send, this, [data]);
  };
  const { createDataChannel } = RTCPeerConnection.prototype;
  RTCPeerConnection.prototype.createDataChannel = function (this: RTCPeerConnection, name: string) {
    window.connections.push(this);
    this.addEventListener("connectionstatechange", look);
    const channel: RTCDataChannel = Reflect.apply(createDataChannel, this, [name]);
    channel.addEventListener("close", look);
    channel.addEventListener("message", ({ data }) => window.heard.push(String(data)));
    return channel;
  };
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  const context = new AudioContext();
  const mouth = context.createMediaStreamDestination();
  // A live microphone is never wholly silent; the level lies far below that of speech.
  const hum = context.createOscillator();
  const quiet = context.createGain();
  hum.frequency.value = 120;
  quiet.gain.value = 0.001;
  hum.connect(quiet).connect(mouth);
  hum.start();
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    window.microphones.push(wanted ?? {});
    for (const track of (await ask(wanted)).getTracks()) track.stop();
    await context.resume();
    const stream = new MediaStream(mouth.stream.getTracks().map((track) => track.clone()));
    window.unplug = () => {
      for (const track of stream.getTracks()) track.dispatchEvent(new Event("ended"));
    };
    return stream;
  };
  window.hush = () => hum.disconnect();
  window.speak = (base64) =>
    new Promise((resolve) => {
      const pcm = new Int16Array(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)).buffer);
      const buffer = context.createBuffer(1, pcm.length, 24_000);
      buffer.copyToChannel(
        Float32Array.from(pcm, (sample) => sample / 32_768),
        0,
      );
      const source = context.createBufferSource();
      source.buffer = buffer;
      source.connect(mouth);
      source.onended = () => resolve();
      source.start();
    });
}
