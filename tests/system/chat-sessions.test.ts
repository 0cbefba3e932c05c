/** The running whole, with people who talk to it over WebRTC and leave: nothing of them is left. All 1,000 are `npm run bench:chat`. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { openAndClose } from "../../bench/chat/sessions.ts";
import { type RunningLaptop, startLaptop } from "../support/laptop.ts";

let laptop: RunningLaptop;
beforeAll(async () => {
  laptop = await startLaptop();
}, 120_000);
afterAll(() => laptop?.stop());

test("R6: 40 sessions opened, answered and closed, six at a time, leave no peer, socket, side socket, group or timer", async () => {
  const place = {
    board: laptop.board,
    app: laptop.outputs.functionAppUrl ?? "",
    bridge: laptop.outputs.bridgeUrl ?? "",
    people: [`Bearer ${await laptop.token("viewer")}`, `Bearer ${await laptop.token("supervisor")}`],
  };
  const { answered, before, after } = await openAndClose(place, { sessions: 40, atOnce: 6 });
  expect(answered).toBe(40);
  for (const [what, count] of Object.entries(after)) expect(count, what).toBeLessThanOrEqual(before[what] ?? 0);
  for (const what of ["Azure OpenAI: sessions", "Azure OpenAI: side sockets", "bridge: chats watched", "bridge: side sockets"])
    expect(after[what], what).toBe(0);
}, 240_000);
