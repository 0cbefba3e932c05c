/** The line and the phone command over real sockets; the network's clock runs fast, so that nobody waits for what is said. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import WebSocket from "ws";
import type { Clock } from "../clock.ts";
import { certificateAuthority } from "../identity/certificates.ts";
import { type Listening, serve } from "../service.ts";
import { openVoice } from "../voice/voice.ts";
import { readCommand } from "./command.ts";
import { Exchange } from "./exchange.ts";
import { bytesOf, frameSamples } from "./frame.ts";
import { createLine } from "./line.ts";
import type { Action, Sign } from "./line-protocol.ts";
import { person } from "./person.ts";
import { call, findLaptop, phone } from "./phone.ts";
import { wavFile } from "./wav.ts";

const system = "+33199001234";
const lineToken = "a-token-of-this-test";
const speed = 10;
const startMs = Date.now();
const fastClock: Clock = {
  nowMs: () => startMs + (Date.now() - startMs) * speed,
  after(delayMs, act) {
    const timer = setTimeout(act, delayMs / speed);
    return () => clearTimeout(timer);
  },
};

let listening: Listening;
let exchange: Exchange;
let folder: string;
const open: Phone[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "switchboard-line-"));
  const voice = await openVoice();
  exchange = new Exchange({ clock: fastClock, stranger: (number) => person({ number, voice, clock: fastClock }) });
  exchange.register(
    system,
    person({ number: system, voice, clock: fastClock, script: ["Hello. How can I help you?", "Noted.", "Goodbye!"] }),
  );
  const authorise = ({ authorization }: { authorization?: string | undefined }): boolean =>
    authorization === `Bearer ${lineToken}`;
  const line = createLine({ exchange, voice, clock: fastClock, phoneNumber: system, authorise });
  listening = await serve(line, (await certificateAuthority(folder, Date.now())).server);
});
afterEach(() => {
  for (const each of open.splice(0)) each.socket.terminate();
});
afterAll(async () => {
  await listening.close();
  await rm(folder, { recursive: true, force: true });
});

/** A phone held by a program. */
class Phone {
  readonly socket: WebSocket;
  readonly signs: Sign[] = [];
  readonly sound: Buffer[] = [];
  readonly #waiting = new Set<() => void>();

  constructor(number: string) {
    this.socket = new WebSocket(`ws://${listening.host}/phone/line?number=${encodeURIComponent(number)}`, {
      headers: { authorization: `Bearer ${lineToken}` },
    });
    this.socket.on("message", (data: Buffer, binary) => {
      if (binary) this.sound.push(data);
      else this.signs.push(JSON.parse(data.toString()) as Sign);
      for (const look of [...this.#waiting]) look();
    });
    open.push(this);
  }

  act(action: Action): void {
    this.socket.send(JSON.stringify(action));
  }

  until<Found>(find: () => Found | undefined): Promise<Found> {
    return new Promise((resolve) => {
      const look = (): void => {
        const found = find();
        if (found === undefined) return;
        this.#waiting.delete(look);
        resolve(found);
      };
      this.#waiting.add(look);
      look();
    });
  }

  shows<Kind extends Sign["kind"]>(kind: Kind): Promise<Extract<Sign, { kind: Kind }>> {
    return this.until(() => this.signs.find((sign): sign is Extract<Sign, { kind: Kind }> => sign.kind === kind));
  }
}

async function connected(number: string): Promise<Phone> {
  const made = new Phone(number);
  await made.shows("ready");
  return made;
}

function refusal(headers: Record<string, string>): Promise<string> {
  const socket = new WebSocket(`ws://${listening.host}/phone/line?number=${encodeURIComponent("+33612345678")}`, { headers });
  return new Promise((resolve, reject) => {
    socket.on("open", () => reject(new Error("it was let in")));
    socket.on("error", (error) => resolve(error.message));
  });
}

test("the page and everything it loads come from here, under a policy that lets nothing else in", async () => {
  const page = await fetch(`http://${listening.host}/phone`);
  const text = await page.text();
  expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
  // What the browser fetches by itself: links to follow are none of it, and an address of data holds what it names.
  const assets = [...text.matchAll(/<(?:link|script)[^>]+(?:src|href)="(?!data:)([^"]+)"/g)].map(([, path]) => path ?? "");
  expect(assets).toEqual(["/phone/phone.css", "/phone/phone.js"]);
  for (const path of [...assets, "/phone/sound.js", "/phone/microphone.js"])
    expect((await fetch(`http://${listening.host}${path}`)).status).toBe(200);
  expect((await fetch(`http://${listening.host}/phone/../line.ts`)).status).toBe(404);
});

test("a phone is held only with the right, and never through a page of another site", async () => {
  expect(await refusal({})).toContain("401");
  expect(await refusal({ authorization: "Bearer guessed" })).toContain("401");
  expect(await refusal({ authorization: `Bearer ${lineToken}`, origin: "https://elsewhere.example" })).toContain("403");
});

test("two phones call each other: ringing, words, sound, keys and hanging up arrive", async () => {
  const anna = await connected("+33612345671");
  const ben = await connected("+33612345672");
  anna.act({ kind: "dial", to: "+33612345672" });
  expect(await ben.shows("rings")).toEqual({ kind: "rings", from: "+33612345671" });
  ben.act({ kind: "answer" });
  expect(await anna.shows("connected")).toEqual({ kind: "connected", with: "+33612345672" });
  anna.act({ kind: "say", words: "Bonjour, ça va ?" });
  expect((await anna.shows("saying")).durationMs).toBeGreaterThan(500);
  expect((await ben.shows("heard")).words).toBe("Bonjour, ça va ?");
  const pcm = Int16Array.from({ length: frameSamples * 4 }, (_, at) => at - 900);
  ben.socket.send(bytesOf(pcm));
  const sent = bytesOf(pcm).toString("hex");
  await anna.until(() => (Buffer.concat(anna.sound).toString("hex").includes(sent) ? true : undefined));
  anna.act({ kind: "press", digit: "5" });
  expect(await ben.shows("pressed")).toEqual({ kind: "pressed", digit: "5" });
  ben.act({ kind: "hang up" });
  expect(await anna.shows("ended")).toEqual({ kind: "ended", reason: "hung up" });
});

test("a phone in a call is busy, a declined call says so, and closing the page hangs up", async () => {
  const [anna, ben, carl] = await Promise.all(["+33612345671", "+33612345672", "+33612345673"].map(connected));
  anna?.act({ kind: "dial", to: "+33612345672" });
  await ben?.shows("rings");
  carl?.act({ kind: "dial", to: "+33612345672" });
  expect(await carl?.shows("ended")).toMatchObject({ reason: "busy" });
  ben?.act({ kind: "hang up" });
  expect(await anna?.shows("ended")).toMatchObject({ reason: "declined" });
  ben?.act({ kind: "dial", to: "+33612345673" });
  await carl?.shows("rings");
  carl?.act({ kind: "answer" });
  await ben?.shows("connected");
  carl?.socket.close();
  await ben?.until(() => ben.signs.find((sign) => sign.kind === "ended" && sign.reason === "hung up"));
});

test("what a phone cannot do is told with the next step", async () => {
  const taken = "+33612345674";
  const first = await connected(taken);
  const fault = async (number: string): Promise<string> => (await new Phone(number).shows("fault")).message;
  expect(await fault(taken)).toMatch(/already belongs to a connected phone/);
  expect(await fault("0612345678")).toMatch(/not a number in E.164 form/);
  expect(await fault(system)).toMatch(/the system's own number/);
  first.act({ kind: "say", words: "hello" });
  expect((await first.shows("fault")).message).toMatch(/dial first/);
  first.socket.send("{");
  await first.until(() => first.signs.find((sign) => sign.kind === "fault" && /did not understand/.test(sign.message)));
});

test("messages arrive at a phone that is there, and wait for one that is not", async () => {
  exchange.text(system, "+33612345675", "Your appointment is confirmed.");
  const late = new Phone("+33612345675");
  expect((await late.shows("ready")).texts).toMatchObject([{ from: system, words: "Your appointment is confirmed." }]);
  exchange.text(system, "+33612345675", "See you.");
  expect((await late.shows("text")).text).toMatchObject({ words: "See you." });
});

test("the phone command calls the system, takes turns with words and a file, and prints both sides", async () => {
  const file = join(folder, "tone.wav");
  await writeFile(file, wavFile([Int16Array.from({ length: 8_000 }, (_, at) => Math.round(8_000 * Math.sin(at / 3)))], 8_000));
  await writeFile(
    join(folder, "laptop.json"),
    JSON.stringify({ board: `http://${listening.host}`, phoneNumber: system, lineToken }),
  );
  const command = await readCommand(["--say", "My car was damaged.", "--wav", file, "--hang-up-after", "5"]);
  if (command === "help") throw new Error("it was not asked for help");
  const printed: string[] = [];
  await call(await findLaptop(folder), command, (text) => printed.push(text.trim()));
  expect(printed).toEqual([
    `Calling ${system} from +33612345678 ...`,
    "Connected.",
    "them: Hello?",
    "me: My car was damaged.",
    "them: Hello. How can I help you?",
    `me: [${file}, 1.0 s]`,
    "them: Noted.",
    "The call has ended: hung up.",
  ]);
});

test("a program tears off the sound of a phone's call, and nobody else does", async () => {
  const torn: string[] = [];
  const forget = exchange.streams((number) => number === "+33612345678" && torn.push(number) > 0);
  const post = async (number: string, headers: Record<string, string>, method = "POST") =>
    (await fetch(`http://${listening.host}/phone/lose-sound?number=${encodeURIComponent(number)}`, { method, headers })).status;
  const authorization = `Bearer ${lineToken}`;
  expect(await post("+33612345678", {})).toBe(401);
  expect(await post("+33612345678", { authorization, origin: "https://elsewhere.example" })).toBe(403);
  expect(await post("+33612345678", { authorization }, "GET")).toBe(405);
  expect(await post("+33612345679", { authorization })).toBe(404);
  expect(torn).toEqual([]);
  expect(await post("+33612345678", { authorization })).toBe(204);
  expect(torn).toEqual(["+33612345678"]);
  forget();
  expect(await post("+33612345678", { authorization })).toBe(404);
});

test("the phone command says everything that is wrong with its line at once", async () => {
  const attempt = readCommand([
    "--from",
    "0612",
    "--to",
    "+999",
    "--say",
    " ",
    "--wav",
    "missing.wav",
    "--hang-up-after",
    "soon",
  ]);
  const message = await attempt.then(String, (error: Error) => error.message);
  expect(message.match(/^- --(\S+):/gm)).toEqual(["- --from:", "- --to:", "- --hang-up-after:", "- --say:", "- --wav:"]);
  await expect(readCommand(["--sing"])).rejects.toThrow(/--sing/);
  expect(await readCommand(["--help"])).toBe("help");
});

test("the phone command fails with advice when the laptop does not run or nobody can be reached", async () => {
  await expect(findLaptop(join(folder, "nowhere"))).rejects.toThrow(/npm start/);
  expect(await phone(["--help"], folder)).toBe(0);
  const command = await readCommand(["--from", "+33612345676"]);
  if (command === "help") throw new Error("it was not asked for help");
  const gone = { board: "http://localhost:9", phoneNumber: system, lineToken };
  await expect(call(gone, command, () => undefined)).rejects.toThrow(/does not answer/);
  const stale = { board: `http://${listening.host}`, phoneNumber: system, lineToken: "of an earlier start" };
  await expect(call(stale, command, () => undefined)).rejects.toThrow(/started again since/);
});
