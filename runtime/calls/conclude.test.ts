import { expect, test } from "vitest";
import { createCall, newWorld } from "../../tests/bridge/driven-call.ts";
import { inProgress } from "./conclude.ts";

test("a conversation goes on under the last claim its caller has started, whoever else calls without a number meanwhile", async () => {
  const world = newWorld();
  const caller = { phone_number: "anonymous", carrier: "browser", connection_id: "rtc_1" } as const;
  const ended = { ...caller, status: "ended", ended_reason: "completed" } as const;
  const first = await createCall(world, { ...ended, call_id: "first", continued_as: "second" });
  await createCall(world, { ...ended, call_id: "second", continued_as: "third" });
  await createCall(world, { ...caller, call_id: "third", status: "connected" });
  world.clock.pass(1);
  await createCall(world, { ...caller, call_id: "other", connection_id: "rtc_2", status: "connected" });
  expect((await inProgress(world.store, first))?.call_id).toBe("third");
  await world.store.change("third", (record) => ({ ...record, status: "ended" }));
  expect(await inProgress(world.store, first)).toBeUndefined();
});
