import { expect, test, vi } from "vitest";
import type { Server } from "./server.ts";
import { thread } from "./thread.ts";

/** A thread, and what the server was asked to go on from with each message. */
function opened() {
  const asked: { sessionId: string; continues?: string }[] = [];
  const post = vi.fn<Server["post"]>(async (_where, _type, body) => {
    asked.push(JSON.parse(body) as (typeof asked)[number]);
    return Response.json({ answer: "Yes.", itemId: "answer", model: "chat-fast", choice: "cheap" });
  });
  const kept = vi.fn<(sessionId: string | undefined) => void>();
  const request = () => Promise.reject(new Error("Nothing else is asked."));
  return { asked, kept, talk: thread({ server: { post, request }, dial: { turned: undefined }, kept }) };
}

test("a conversation that goes on in a new one is known there, however often that was asked for", async () => {
  const { asked, kept, talk } = opened();
  await talk.write("One", "item_1");
  const first = talk.id;
  talk.goOn();
  expect([talk.id, kept.mock.lastCall]).toEqual([undefined, [undefined]]);
  talk.goOn();
  await talk.write("Two", "item_2");
  expect(asked.map(({ continues }) => continues)).toEqual([undefined, first]);
  expect(asked[1]?.sessionId).not.toBe(first);
  expect(talk.callAddress("strong")).toContain(`continues=${first}`);
});

test("one that begins anew knows nothing, and takes no answer of the one before", async () => {
  const { asked, talk } = opened();
  const answer = talk.write("One", "item_1");
  talk.goOn();
  talk.forget();
  await expect(answer).rejects.toMatchObject({ cause: "overtaken" });
  await talk.write("Two", "item_2");
  expect(asked[1]).not.toHaveProperty("continues");
});
