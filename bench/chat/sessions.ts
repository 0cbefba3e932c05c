/** Many chats by WebRTC on a running laptop, opened and closed, and what is open in every part of it before and after. */
import { z } from "zod";
import { openVoice, type Voice } from "../../laptop/voice/voice.ts";
import { BrowserPeer } from "../../tests/support/browser-peer.ts";

/** A running laptop. */
interface Laptop {
  readonly board: string;
  readonly app: string;
  readonly bridge: string;
}

/** The same with whoever is signed in to it: the header of each one's requests. They take turns. */
export interface Place extends Laptop {
  readonly people: readonly string[];
}

/** As one of them sees it. */
interface Visit extends Laptop {
  readonly authorization: string;
}

export interface Order {
  readonly sessions: number;
  /** In progress at the same time. */
  readonly atOnce: number;
}

/** What is open, by part and kind. */
export type Figures = Readonly<Record<string, number>>;

export interface SessionsReport {
  readonly opened: number;
  /** Answers that were metered, as the API tells. */
  readonly answered: number;
  /** Openings answered 503, and asked for once more: nobody watches a call in time on a machine that is busy with everything else. */
  readonly refused: number;
  readonly before: Figures;
  readonly after: Figures;
  readonly memoryBytes: { readonly before: Figures; readonly after: Figures };
  readonly seconds: number;
}

const board = z.object({
  services: z.array(z.object({ service: z.string(), open: z.record(z.string(), z.number()) })),
  process: z.object({ timers: z.number(), tcpSockets: z.number(), udpSockets: z.number(), memoryBytes: z.number() }),
});
const bridge = z.object({
  chats: z.object({ calls: z.number(), sockets: z.number() }),
  process: z.object({ timers: z.number(), sockets: z.number(), memoryBytes: z.number() }),
});
const routed = z.object({ sessionId: z.string(), webrtcEndpoint: z.string() });
const told = z.object({ answers: z.number(), settled: z.boolean() });

/** Opens and closes the sessions, waits until nothing changes any more, and counts. Rejects when a session cannot be opened. */
export async function openAndClose(
  place: Place,
  { sessions, atOnce }: Order,
  progress: (done: number) => void = () => undefined,
): Promise<SessionsReport> {
  const voice = await openVoice();
  const visits = place.people.map((authorization) => ({ ...place, authorization }));
  const visit = (at: number): Visit => visits[at % visits.length] as Visit;
  // What is loaded with the first session stays: it is no leak.
  await chat(visit(0), voice, true);
  const before = await settledFigures(place, undefined);
  const startedMs = performance.now();
  let next = 0;
  let done = 0;
  let answered = 0;
  let refused = 0;
  const people = Array.from({ length: Math.min(atOnce, sessions) }, async () => {
    while (next < sessions) {
      const at = next++;
      const { answers, refusals } = await chat(visit(at), voice, Math.floor(at / visits.length) % 2 === 0);
      answered += answers;
      refused += refusals;
      progress(++done);
    }
  });
  await Promise.all(people);
  const after = await settledFigures(place, before.open);
  return {
    opened: sessions,
    answered,
    refused,
    before: before.open,
    after: after.open,
    memoryBytes: { before: before.memory, after: after.memory },
    seconds: (performance.now() - startedMs) / 1_000,
  };
}

/** One chat from its first message to its end, by the browser that leaves or by the page's button. */
async function chat(place: Visit, voice: Voice, leaves: boolean): Promise<{ answers: number; refusals: number }> {
  const { sessionId, webrtcEndpoint } = routed.parse(await asked(place, "/api/ModelRouter", { message: "Hello, how are you?" }));
  await asked(place, "/api/SignalRMessages", { message: "Hello", sessionId });
  const browser = new BrowserPeer(voice, { deaf: true });
  try {
    const { answer: sdp, refusals } = await opened(place, webrtcEndpoint, await browser.offer());
    await browser.connect(sdp);
    const item = { type: "message", role: "user", content: [{ type: "input_text", text: "Hello, how are you?" }] };
    browser.sends({ type: "conversation.item.create", item });
    browser.sends({ type: "response.create", response: { output_modalities: ["text"] } });
    const done = await browser.next("response.output_text.done");
    const { answers, settled } = told.parse(await asked(place, `/api/chat/sessions/${sessionId}?after=${String(done.item_id)}`));
    if (leaves) await browser.close();
    await asked(place, `/api/chat/sessions/${sessionId}/end`, {});
    return { answers: settled ? answers : 0, refusals };
  } finally {
    await browser.close();
  }
}

const attempts = 3;

/** Opens a session as a page does, which tries again when it is told to. */
async function opened(place: Visit, endpoint: string, offer: string): Promise<{ answer: string; refusals: number }> {
  for (let refusals = 0; ; refusals++) {
    const headers = { authorization: place.authorization, "content-type": "application/sdp" };
    const response = await patiently(() => fetch(endpoint, { method: "POST", headers, body: offer }));
    const text = await response.text();
    if (response.status === 201) return { answer: text, refusals };
    if (response.status !== 503 || refusals + 1 >= attempts)
      throw new Error(`A session was not opened: status ${response.status}, ${text}`);
  }
}

/** The longest pause that the app asks of somebody who is only too fast. */
const longestPauseSeconds = 5;

/** The app takes ten requests a second of each person: what it puts off is asked again when it says. */
export async function patiently(ask: () => Promise<Response>): Promise<Response> {
  for (;;) {
    const response = await ask();
    const seconds = Number(response.headers.get("retry-after"));
    if (response.status !== 429 || seconds > longestPauseSeconds) return response;
    await new Promise((resolve) => setTimeout(resolve, Math.max(1, seconds) * 1_000));
  }
}

async function asked(place: Visit, path: string, body?: object): Promise<unknown> {
  const request = {
    headers: { authorization: place.authorization, "content-type": "application/json" },
    ...(body ? { method: "POST", body: JSON.stringify(body) } : {}),
  };
  const response = await patiently(() => fetch(`${place.app}${path}`, request));
  const text = await response.text();
  if (!response.ok) throw new Error(`${path.split("?")[0]} answered ${response.status}: ${text}`);
  return text ? (JSON.parse(text) as unknown) : undefined;
}

/** Timers and sockets of the processes come and go with requests and their kept-alive connections, so they are looked at until they rest. */
const looks = 60;
const lookEveryMs = 1_000;

/** What is open once it is no more than `most`, or after a minute; without `most`, once it rests. */
async function settledFigures(place: Laptop, most: Figures | undefined): Promise<{ open: Figures; memory: Figures }> {
  let last = await figures(place);
  for (let look = 0; look < looks; look++) {
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    const now = await figures(place);
    const rests = Object.entries(now.open).every(([what, count]) =>
      most === undefined ? count === last.open[what] : count <= (most[what] ?? 0),
    );
    last = now;
    if (rests) break;
  }
  return last;
}

async function figures(place: Laptop): Promise<{ open: Figures; memory: Figures }> {
  const [standIns, watching] = await Promise.all([
    fetch(`${place.board}/open`).then(async (answer) => board.parse(await answer.json())),
    fetch(`${place.bridge}/readyz`).then(async (answer) => bridge.parse(await answer.json())),
  ]);
  const counted = standIns.services.flatMap(({ service, open }) =>
    Object.entries(open).map(([what, count]) => [`${service}: ${what}`, count] as const),
  );
  return {
    open: {
      ...Object.fromEntries(counted),
      "bridge: chats watched": watching.chats.calls,
      "bridge: side sockets": watching.chats.sockets,
      "bridge: timers": watching.process.timers,
      "bridge: TCP sockets": watching.process.sockets,
      "stand-ins: timers": standIns.process.timers,
      "stand-ins: TCP sockets": standIns.process.tcpSockets,
      "stand-ins: UDP sockets (peers)": standIns.process.udpSockets,
    },
    memory: { bridge: watching.process.memoryBytes, "stand-ins": standIns.process.memoryBytes },
  };
}
