import { expect, test, vi } from "vitest";
import { memoryDocuments } from "../../tests/support/memory-documents.ts";
import { Problem } from "../problem.ts";
import { type Account, accountOf, enter, hold, readAccount, release, renewalOf, visitorsAccountOf } from "./account.ts";

const now = new Date("2026-11-22T21:30:00Z");
const account = accountOf("ada", now);
const held = (id: string, usd = 1) => ({ id, sessionId: "session-1", usd, now });
const broke = new Problem(429, "Too little is left.");
/** Refuses once the account is at three dollars. */
const within =
  (limitUsd = 3) =>
  ({ spentUsd, holds }: Account) =>
    spentUsd + holds.reduce((sum, { usd }) => sum + usd, 0) >= limitUsd ? broke : undefined;

test("an account is one person's and one day's, and begins anew at midnight in UTC", () => {
  const later = new Date("2026-11-23T00:00:00Z");
  expect(new Set([account, accountOf("bob", now), accountOf("ada", later)]).size).toBe(3);
  expect(renewalOf(now)).toEqual(later);
});

test("of holds made at once, as many are granted as there is money for, and none is lost", async () => {
  const documents = memoryDocuments();
  const refusals = await Promise.all(
    Array.from({ length: 10 }, (_, each) => hold(documents, account, held(`hold-${each}`), within())),
  );
  expect(refusals.filter((each) => each === undefined)).toHaveLength(3);
  expect((await readAccount(documents, account, now)).holds).toHaveLength(3);
  await Promise.all(refusals.map((_, each) => release(documents, account, `hold-${each}`, now)));
  expect((await readAccount(documents, account, now)).holds).toEqual([]);
});

test("what was used counts beside what is held, each use once", async () => {
  const documents = memoryDocuments();
  const use = { sessionId: "session-1", of: "resp_1", costUsd: 2.5 };
  await Promise.all([enter(documents, "ada", now, use), enter(documents, "ada", now, use)]);
  expect(await readAccount(documents, account, now)).toEqual({ spentUsd: 2.5, holds: [] });
  expect(await hold(documents, account, held("one", 0.5), within())).toBeUndefined();
  expect(await hold(documents, account, held("two", 0.5), within())).toBe(broke);
});

test("a day of a thousand uses is read as quickly as one of none", async () => {
  const documents = memoryDocuments();
  for (let each = 0; each < 1_000; each++)
    await enter(documents, "ada", now, { sessionId: "session-1", of: `resp_${each}`, costUsd: 0.5 });
  const [read, page] = [vi.spyOn(documents, "read"), vi.spyOn(documents, "page")];
  expect((await readAccount(documents, account, now)).spentUsd).toBe(500);
  expect([read.mock.calls.length, page.mock.calls.length]).toEqual([2, 0]);
});

test("a use counts whether or not whoever entered it first lived to hear that it was", async () => {
  const documents = memoryDocuments();
  const { createCounted } = documents;
  const use = { sessionId: "session-1", of: "resp_1", costUsd: 2.5 };
  await enter(documents, "ada", now, { ...use, of: "resp_0" });
  documents.createCounted = () => Promise.reject(new Error("The database is away."));
  await expect(enter(documents, "ada", now, use)).rejects.toThrow("away");
  documents.createCounted = async (...asked) => {
    await createCounted(...asked);
    throw new Error("The answer is lost.");
  };
  await expect(enter(documents, "ada", now, use)).rejects.toThrow("lost");
  documents.createCounted = createCounted;
  await enter(documents, "ada", now, use);
  expect((await readAccount(documents, account, now)).spentUsd).toBe(5);
});

test("a hold that nobody released lapses after five minutes", async () => {
  const documents = memoryDocuments();
  await hold(documents, account, held("left alone", 3), within());
  const lapsed = (ms: number) => new Date(now.getTime() + ms);
  expect((await readAccount(documents, account, lapsed(299_999))).holds).toHaveLength(1);
  expect((await readAccount(documents, account, lapsed(300_000))).holds).toEqual([]);
  expect(await hold(documents, account, { ...held("next", 3), now: lapsed(300_000) }, within())).toBeUndefined();
});

test("visitors have an account each and one together, in which each use counts once however many are entered at once", async () => {
  const documents = memoryDocuments();
  const uses = Array.from({ length: 20 }, (_, each) => ({ sessionId: `session-${each}`, of: "resp_1", costUsd: 0.5 }));
  const all = uses.map((use, each) => enter(documents, `visitor:${each % 4}`, now, use));
  const again = uses.map((use, each) => enter(documents, `visitor:${each % 4}`, now, use));
  await Promise.all([...all, ...again, enter(documents, "ada", now, { ...uses[0]!, costUsd: 100 })]);
  const spentUsd = async (of: string) => (await readAccount(documents, of, now)).spentUsd;
  expect(await spentUsd(visitorsAccountOf(now))).toBe(10);
  expect(await spentUsd(accountOf("visitor:0", now))).toBe(2.5);
  expect(await spentUsd(visitorsAccountOf(new Date("2026-11-23T00:00:00Z")))).toBe(0);
});
