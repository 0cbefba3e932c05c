/** Tools over the end of a bridge: whatever the moment it is killed at, none runs twice, and the model learns what is known. */
import { expect, test } from "vitest";
import { createCall, drive, newWorld, settled, type World } from "../../tests/bridge/driven-call.ts";
import type { ToolOutcome } from "../calls/tools.ts";

const asked = { callId: "call-1", toolCallId: "call_t", name: "send_sms", argumentsJson: '{"message":"hello"}' };

/** A bridge that was asked for the tool, and is gone at the moment `killed` says. What it had begun never ends. */
async function killed(world: World, at: "asked" | "claimed" | "answered" | "told") {
  const runs: string[] = [];
  await createCall(world);
  const never = new Promise<never>(() => undefined);
  const { store } = world;
  const on = await drive(world, "call-1", {
    resources: {
      store: at === "asked" ? { ...store, claim: () => never } : store,
      runTool: async ({ toolId }) => {
        runs.push(toolId);
        return at === "claimed" ? never : { content: "sent" };
      },
    },
  });
  await on.greeted();
  await on.asks(asked.toolCallId, asked.name, asked.argumentsJson);
  world.clock.pass(1_000);
  await settled();
  if (at === "told") await on.says("answer", "response-2", "I have sent it.");
  return runs;
}

/** Another bridge goes on with the call, and its model is ready. */
async function goesOn(world: World, runs: string[], outcome: ToolOutcome = { content: "sent" }) {
  const on = await drive(world, "call-1", {
    resumed: true,
    resources: {
      runTool: async ({ toolId, name, argumentsJson }) => {
        runs.push(`${toolId} ${name} ${argumentsJson}`);
        return outcome;
      },
    },
  });
  on.model().report({ kind: "ready" });
  await settled();
  return on;
}

test("asked for and not begun: the next bridge runs it with what was asked, and tells the model both", async () => {
  const world = newWorld();
  const runs = await killed(world, "asked");
  expect(runs).toEqual([]);
  const on = await goesOn(world, runs);
  expect(runs).toEqual(['call_t send_sms {"message":"hello"}']);
  const call = { name: "send_sms", argumentsJson: '{"message":"hello"}' };
  expect(on.results()).toEqual([{ kind: "tool_result", toolCallId: "call_t", content: "sent", call }]);
});

test("begun, and nobody knows how it ended: it is not run again, and the model is told just that", async () => {
  const world = newWorld();
  const runs = await killed(world, "claimed");
  const on = await goesOn(world, runs);
  for (const pauseMs of [1_000, 2_000, 4_000]) {
    expect(on.results()).toEqual([]);
    world.clock.pass(pauseMs);
    await settled();
  }
  expect(on.results().map((each) => each.content)).toEqual([expect.stringContaining("whether it was done is not known")]);
  expect(runs).toEqual(["call_t"]);
});

test("begun by a bridge that keeps its outcome a moment later: the model is told that outcome", async () => {
  const world = newWorld();
  const outcome = Promise.withResolvers<ToolOutcome>();
  const runs: string[] = [];
  await createCall(world);
  const first = await drive(world, "call-1", {
    resources: {
      runTool: ({ toolId }) => {
        runs.push(toolId);
        return outcome.promise;
      },
    },
  });
  await first.greeted();
  await first.asks(asked.toolCallId, asked.name, asked.argumentsJson);
  first.call.move();
  const on = await goesOn(world, runs);
  outcome.resolve({ content: "sent at 9:41" });
  await first.call.ended;
  world.clock.pass(1_000);
  await settled();
  expect(on.results().map((each) => each.content)).toEqual(["sent at 9:41"]);
  expect(runs).toEqual(["call_t"]);
});

test("done, and the caller heard nothing of it: the model is told, and it is not run again", async () => {
  const world = newWorld();
  const runs = await killed(world, "answered");
  const on = await goesOn(world, runs);
  expect(on.results()).toMatchObject([{ toolCallId: "call_t", content: "sent", call: { name: "send_sms" } }]);
  expect(runs).toEqual(["call_t"]);
});

test("done and spoken about: nothing is left to tell or to run", async () => {
  const world = newWorld();
  const runs = await killed(world, "told");
  const on = await goesOn(world, runs);
  expect([on.results(), runs]).toEqual([[], ["call_t"]]);
});

test("two bridges that believe they have the call at once run it once between them", async () => {
  const world = newWorld();
  const runs = await killed(world, "asked");
  const [one, other] = await Promise.all([goesOn(world, runs), goesOn(world, runs)]);
  world.clock.pass(1_000);
  await settled();
  expect(runs).toHaveLength(1);
  expect([one.results(), other.results()].map((each) => each.map(({ content }) => content))).toEqual([["sent"], ["sent"]]);
});

test("what was asked for is kept before it is begun, and its outcome once, whoever keeps it", async () => {
  const world = newWorld();
  const runs = await killed(world, "asked");
  const kept = async () => (await world.store.get("call-1"))?.messages.filter((each) => each.tool_calls.length > 0) ?? [];
  expect((await kept()).map((each) => each.id)).toEqual(["tool-asked:call_t"]);
  await goesOn(world, runs);
  expect((await kept()).map((each) => [each.id, each.tool_calls[0]?.content])).toEqual([
    ["tool-asked:call_t", ""],
    ["tool:call_t", "sent"],
  ]);
});

test("what the tool asks of the call itself is done by the bridge that ran it", async () => {
  const world = newWorld();
  const runs = await killed(world, "asked");
  const on = await goesOn(world, runs, { content: "putting through", effect: { kind: "transfer", to: "+33100000000" } });
  await on.says("apology", "response-2", "The line is back.");
  await on.says("answer", "response-3", "I am putting you through.");
  expect(on.done).toContain("transfer +33100000000");
});
