import { beforeEach, expect, test } from "vitest";
import { memoryDocuments } from "../../tests/support/memory-documents.ts";
import type { Documents } from "../services/documents.ts";
import { claimSecret, rememberSecret, returnSecret, spendSecret } from "./secret.ts";

const now = new Date("2026-11-22T21:30:00Z");
const made = { deployment: "realtime-cheap", choice: "cheap" } as const;
let documents: Documents;
const claims = (callId: string) => claimSecret(documents, "session-1", callId, now);
beforeEach(async () => {
  documents = memoryDocuments();
  await rememberSecret(documents, "session-1", { ...made, now });
});

test("of two calls that are told of at once one has the secret, and one call that is told of twice at once has it", async () => {
  expect(await Promise.all([claims("rtc_1"), claims("rtc_1")])).toMatchObject([made, made]);
  await returnSecret(documents, "session-1", "rtc_1");
  const both = await Promise.all([claims("rtc_1"), claims("rtc_2")]);
  expect(both.filter((each) => each !== undefined)).toHaveLength(1);
});

test("a secret is spent by the call that it was claimed for alone, and the next secret is unspent", async () => {
  await claims("rtc_1");
  await spendSecret(documents, "session-1", "rtc_2");
  expect(await claims("rtc_1")).not.toHaveProperty("watched");
  await spendSecret(documents, "session-1", "rtc_1");
  expect([(await claims("rtc_1"))?.watched, await claims("rtc_2")]).toEqual([true, undefined]);
  await rememberSecret(documents, "session-1", { ...made, now });
  expect(await claims("rtc_2")).not.toHaveProperty("watched");
});
