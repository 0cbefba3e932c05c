/**
 * The running whole with live voice chats, whose bridge is killed without a word: the one that is started in its place takes them up. What was
 * metered is compared with what the model of the test served. A replica that is lost for good is in tests/bridge/sideband-killed.test.ts, in
 * virtual time.
 */
import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { certificateAuthority } from "../../laptop/identity/certificates.ts";
import { type RunningLaptop, startLaptop } from "../support/laptop.ts";
import { type ChatModel, costUsd, openChatModel, type ServedCall } from "./chat-model.ts";
import { asks, ChatPerson, patient, watchedBy } from "./chat-person.ts";

let folder: string;
let model: ChatModel;
let laptop: RunningLaptop;
let person: ChatPerson;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "switchboard-chat-survival-"));
  model = await openChatModel((await certificateAuthority(folder, Date.now())).server);
  const settings = join(folder, "settings.yaml");
  await writeFile(settings, JSON.stringify({ config: { chat: { longest_session_min: 1 } } }));
  laptop = await startLaptop({ ...model.environment, LAPTOP_SETTINGS: settings });
  person = new ChatPerson(laptop, model.voice);
}, 120_000);
afterAll(async () => {
  await person?.leaves();
  await laptop?.stop();
  await model?.close();
  await rm(folder, { recursive: true, force: true });
});

/** The child of the laptop that is not the functions host: a container's command. */
function bridgePid(): number {
  const lines = execFileSync("ps", ["-eo", "pid=,ppid=,args="], { encoding: "utf8" }).trim().split("\n");
  const children = lines.map((line) => line.trim().split(/\s+/)).filter(([, parent]) => Number(parent) === laptop.pid);
  return Number(children.find((each) => each.includes("--input-type=module"))?.[0]);
}

async function talks() {
  const sessionId = await person.session("cheap");
  const { browser } = await person.talks(sessionId, "cheap");
  const call = model.calls.at(-1);
  if (!call) throw new Error("The model has served no call.");
  return { sessionId, browser, call };
}

test("R6: a bridge that is killed with live chats goes on with them: metered once each, the limit as it was, and nothing left", {
  timeout: 180_000,
}, async () => {
  const [stays, leaves, broken] = [await talks(), await talks(), await talks()];
  for (const { sessionId, browser } of [stays, leaves, broken]) {
    await person.told(sessionId, await asks(browser, "Hello, this is before"));
  }
  expect(await watchedBy(laptop)).toEqual({ calls: 3, sockets: 3 });

  process.kill(bridgePid(), "SIGKILL");
  const killedMs = performance.now();
  await leaves.browser.close();
  await broken.call.breaks();
  await vi.waitFor(async () => expect(await watchedBy(laptop)).toEqual({ calls: 1, sockets: 1 }), patient);
  const gapMs = performance.now() - killedMs;

  const after = await asks(stays.browser, "Hello, this is after");
  await person.told(stays.sessionId, after);
  await vi.waitFor(() => expect(stays.call.over).toBe(true), { timeout: 90_000, interval: 500 });
  expect(await ended(stays, "time", killedMs, gapMs)).toBe(0);
  for (const gone of [leaves, broken]) await ended(gone, "person", killedMs, gapMs);
  console.info(`chats whose bridge was killed: watched again after ${Math.round(gapMs)} ms, by the one started in its place`);
  await vi.waitFor(async () => {
    expect(await watchedBy(laptop)).toEqual({ calls: 0, sockets: 0 });
    expect(model.open()).toEqual({ sessions: 0, calls: 0, "side sockets": 0 });
  }, patient);
});

/** Every answer outside of the gap is metered once, at its price; answers how many were served in it. */
async function ended(
  { sessionId, call }: { readonly sessionId: string; readonly call: ServedCall },
  by: string,
  killedMs: number,
  gapMs: number,
): Promise<number> {
  const told = await vi.waitFor(async () => {
    const now = await person.told(sessionId);
    expect(now.endedBy).toBe(by);
    return now;
  }, patient);
  const isSeen = ({ atMs }: { readonly atMs: number }) => atMs < killedMs || atMs > killedMs + gapMs;
  const seen = call.served.filter(isSeen);
  expect(seen.length).toBeGreaterThan(0);
  expect(told.answers).toBe(seen.length);
  expect(told.costUsd).toBeCloseTo(costUsd(seen), 6);
  return call.served.length - seen.length;
}
