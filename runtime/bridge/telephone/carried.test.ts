import { expect, test } from "vitest";
import { carriedTelephone } from "./carried.ts";
import type { TelephoneEvent } from "./telephone.ts";

function phone({ fails = false } = {}) {
  const done: string[] = [];
  const act = async (what: string) => {
    if (fails) throw new Error("refused");
    done.push(what);
  };
  const telephone = carriedTelephone({
    callId: "rtc_1",
    calls: { hangUp: (callId) => act(`hang up ${callId}`), refer: (callId, to) => act(`refer ${callId} to ${to}`) },
  });
  const events: TelephoneEvent[] = [];
  return { telephone, done, events, listen: () => telephone.listen((event) => events.push(event)) };
}

test("hanging up and handing over are asked of the service, and a call that was hung up is over", async () => {
  const { telephone, done, events, listen } = phone();
  listen();
  await telephone.transfer("+33612345678");
  expect(telephone.isOver).toBe(false);
  await telephone.hangUp();
  expect(done).toEqual(["refer rtc_1 to +33612345678", "hang up rtc_1"]);
  expect(events).toEqual([{ kind: "closed" }]);
});

test("what the service refuses is refused, and the call goes on", async () => {
  const { telephone, events, listen } = phone({ fails: true });
  listen();
  await expect(telephone.transfer("+33612345678")).rejects.toThrow();
  await expect(telephone.hangUp()).rejects.toThrow();
  expect(telephone.isOver).toBe(false);
  expect(events).toEqual([]);
});

test("the end is told once, also to who listens later, and not to who has let go", () => {
  const { telephone, events, listen } = phone();
  telephone.over();
  telephone.over();
  listen();
  expect(events).toEqual([{ kind: "closed" }]);
  const left = phone();
  left.listen();
  left.telephone.close();
  left.telephone.over();
  expect(left.events).toEqual([]);
});
