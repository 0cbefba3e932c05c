import OpenAI from "openai";
import { describe, expect, test } from "vitest";
import { VirtualClock } from "../../../../tests/support/virtual-clock.ts";
import { answer } from "./answering.ts";
import { Breaker } from "./breaker.ts";
import { retryAfter } from "./completion.ts";

type Json = Record<string, unknown>;
const delta = (part: Json, finish_reason: string | null = null) => ({ choices: [{ index: 0, delta: part, finish_reason }] });
const call = (index: number, id: string | undefined, name: string | undefined, json: string) =>
  delta({
    tool_calls: [{ index, ...(id === undefined ? {} : { id }), function: { ...(name ? { name } : {}), arguments: json } }],
  });
const said = (...texts: string[]) => [...texts.map((content) => delta({ content })), delta({}, "stop")];

/** What the service does with a request: streams these events and ends, or hangs after them, or refuses. */
type Deed =
  | { readonly events: readonly Json[]; readonly hangs?: true }
  | { readonly status: number; readonly code?: string; readonly headers?: Record<string, string> };

function service(deeds: readonly Deed[]) {
  const clock = new VirtualClock();
  const requests: { deployment: string; messages: string[] }[] = [];
  const left = [...deeds];
  let dropped = 0;
  const client = new OpenAI({
    baseURL: "https://models.example/openai/v1",
    apiKey: "token",
    maxRetries: 0,
    fetch: async (_, init) => {
      const body = JSON.parse(String(init?.body)) as { model: string; messages: { content: string }[] };
      requests.push({ deployment: body.model, messages: body.messages.map((each) => each.content) });
      const deed = left.shift();
      if (!deed) throw new TypeError("no more requests were expected");
      if ("status" in deed) {
        const { status, code = null, headers = {} } = deed;
        return Response.json({ error: { code, message: "refused" } }, { status, headers });
      }
      const stream = new ReadableStream({
        start(controller) {
          for (const event of deed.events) controller.enqueue(new TextEncoder().encode(`data: ${JSON.stringify(event)}\n\n`));
          init?.signal?.addEventListener("abort", () => {
            dropped++;
            controller.error(new DOMException("aborted", "AbortError"));
          });
          if (!deed.hangs) controller.close();
        },
      });
      return new Response(stream, { headers: { "content-type": "text/event-stream" } });
    },
  });
  const chat = { client, clock, breaker: new Breaker(), deployments: ["fast", "strong"] };
  return { chat, clock, requests, dropped: () => dropped };
}

function ask({ chat }: ReturnType<typeof service>, signal = new AbortController().signal) {
  const attempts: string[] = [];
  let filtered = 0;
  const answered = answer(chat, {
    deployment: "fast",
    tools: [{ name: "send_sms", description: "Sends a text message.", parameters: { type: "object" } }],
    signal,
    messages: () => [{ role: "user", content: attempts.join("|") }],
    begin: () => attempts.push(""),
    written: (text) => attempts.push((attempts.pop() ?? "") + text),
    filtered: () => filtered++,
  });
  return { attempts, answered, filtered: () => filtered };
}

/** Lets everything happen that waits for no time. */
const settle = () => new Promise<void>((resolve) => setImmediate(() => setImmediate(() => setImmediate(resolve))));

async function lets(pass: () => void, until: () => boolean): Promise<void> {
  while (!until()) {
    await settle();
    pass();
  }
}

test("words come as they are written, tools when they are complete, in the order of their places", async () => {
  const world = service([
    {
      events: [
        delta({ content: "One " }),
        delta({ content: "moment." }),
        call(0, "call_a", "send_sms", '{"message":'),
        call(1, "call_b", "end_call", ""),
        call(0, undefined, undefined, '"hello"}'),
        delta({}, "tool_calls"),
      ],
    },
  ]);
  const asked = ask(world);
  expect(await asked.answered).toEqual([
    { toolCallId: "call_a", name: "send_sms", argumentsJson: '{"message":"hello"}' },
    { toolCallId: "call_b", name: "end_call", argumentsJson: "{}" },
  ]);
  expect(asked.attempts).toEqual(["One moment."]);
});

describe("the other deployment is asked once", () => {
  test.each<[string, Deed]>([
    ["is throttled", { status: 429, headers: { "retry-after": "7" } }],
    ["fails", { status: 503 }],
    ["does not know the model", { status: 404 }],
    ["breaks off", { events: [delta({ content: "Half a" })] }],
    ["runs out of tokens", { events: [delta({ content: "Half a" }), delta({}, "length")] }],
    ["cuts off the arguments of a tool", { events: [call(0, "c", "send_sms", '{"message":"hel'), delta({}, "tool_calls")] }],
    ["gives arguments that are no object", { events: [call(0, "c", "send_sms", '"hello"'), delta({}, "tool_calls")] }],
    ["is cut off by the content filter", { events: [delta({ content: "Half a" }), delta({}, "content_filter")] }],
  ])("when the first %s", async (_, deed) => {
    const world = service([deed, { events: said("Hello.") }]);
    const asked = ask(world);
    expect(await asked.answered).toEqual([]);
    expect(asked.attempts.at(-1)).toBe("Hello.");
    expect(world.requests.map((each) => each.deployment)).toEqual(["fast", "strong"]);
  });

  test("and no third, whose failure is the answer's", async () => {
    const world = service([{ status: 500 }, { status: 500 }]);
    await expect(ask(world).answered).rejects.toMatchObject({ name: "CompletionFault", kind: "failed" });
    expect(world.requests).toHaveLength(2);
  });
});

test("a deployment that writes nothing, or nothing more, is given up and the other one asked", async () => {
  const world = service([
    { events: [], hangs: true },
    { events: [delta({ content: "Hel" })], hangs: true },
  ]);
  const asked = ask(world);
  const failed = expect(asked.answered).rejects.toMatchObject({ kind: "stalled" });
  await settle();
  world.clock.pass(3_900);
  await settle();
  expect(world.requests).toHaveLength(1);
  await lets(
    () => world.clock.pass(100),
    () => world.requests.length === 2,
  );
  await lets(
    () => world.clock.pass(100),
    () => world.dropped() === 2,
  );
  await failed;
});

test("a deployment that throttles is left alone by the next turns, and both are waited for two seconds at most", async () => {
  const world = service([
    { status: 429, headers: { "retry-after": "30" } },
    { events: said("One.") },
    { events: said("Two.") },
    { status: 429, headers: { "retry-after-ms": "9000" } },
    { events: said("Three.") },
  ]);
  await ask(world).answered;
  await ask(world).answered;
  expect(world.requests.map((each) => each.deployment)).toEqual(["fast", "strong", "strong"]);
  const startedMs = world.clock.nowMs();
  const third = ask(world);
  await lets(
    () => world.clock.pass(500),
    () => world.requests.length === 5,
  );
  await third.answered;
  expect(world.clock.nowMs() - startedMs).toBeLessThanOrEqual(2_500);
  expect(world.requests.map((each) => each.deployment).slice(3)).toEqual(["strong", "fast"]);
});

test("what the content filter refuses is taken out before the other deployment is asked", async () => {
  const world = service([
    { status: 400, code: "content_filter" },
    { status: 400, code: "content_filter" },
  ]);
  const asked = ask(world);
  await expect(asked.answered).rejects.toMatchObject({ kind: "filtered" });
  expect(asked.filtered()).toBe(2);
});

test("an answer that is cancelled ends at once, and nothing else is asked", async () => {
  const world = service([{ events: [delta({ content: "Hello" })], hangs: true }]);
  const abort = new AbortController();
  const asked = ask(world, abort.signal);
  const ended = expect(asked.answered).rejects.toMatchObject({ name: "AbortError" });
  await lets(
    () => undefined,
    () => asked.attempts.at(-1) === "Hello",
  );
  abort.abort();
  await ended;
  expect([world.requests.length, world.dropped()]).toEqual([1, 1]);
});

test.each([
  [{ "retry-after-ms": "1500", "retry-after": "9" }, 1_500],
  [{ "retry-after": "2" }, 2_000],
  [{ "retry-after": "Sun, 22 Nov 2026 09:00:05 GMT" }, 5_000],
  [{ "retry-after": "soon" }, 1_000],
  [{}, 1_000],
])("%j says to come back in %i ms", (headers, expected) => {
  expect(retryAfter(new Headers(headers), Date.UTC(2026, 10, 22, 9))).toBe(expected);
});
