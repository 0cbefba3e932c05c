import { expect, test } from "vitest";
import { defaultFlags } from "../flags.ts";
import { flagReader, flagsFrom } from "./flags.ts";

test("false and 0 are values like any other", () => {
  const { flags } = flagsFrom(
    { slow_llm_for_chat: "false", callback_timeout_hour: "0", recording_enabled: "True" },
    { ...defaultFlags, slow_llm_for_chat: true },
  );
  expect(flags).toMatchObject({ slow_llm_for_chat: false, callback_timeout_hour: 0, recording_enabled: true });
});

test("a value a flag cannot have is named and its default holds", () => {
  const { flags, unusable } = flagsFrom(
    { vad_threshold: "2", recognition_retry_max: "many", recording_enabled: "1", unrelated: "x" },
    defaultFlags,
  );
  expect(flags).toEqual(defaultFlags);
  expect(unusable.sort()).toEqual(["recognition_retry_max", "recording_enabled", "vad_threshold"]);
});

test("they are read again in time to hold within a minute, however many ask, missing ones included", async () => {
  let nowMs = 0;
  let reads = 0;
  const flags = flagReader(
    async () => ({ phone_silence_timeout_sec: String(++reads) }),
    () => nowMs,
    { warn: () => undefined },
  );
  const asked = await Promise.all(Array.from({ length: 20 }, () => flags()));
  expect(new Set(asked.map((each) => each.phone_silence_timeout_sec))).toEqual(new Set([1]));
  nowMs = 54_999;
  expect((await flags()).phone_silence_timeout_sec).toBe(1);
  nowMs = 55_000;
  expect((await flags()).phone_silence_timeout_sec).toBe(2);
});

test("a store that fails leaves the last known, and is not asked again for a minute", async () => {
  let nowMs = 0;
  let reads = 0;
  const answers = [{ recording_enabled: "true" }, undefined];
  const flags = flagReader(
    async () => {
      const answer = answers[reads++];
      if (!answer) throw new Error("down");
      return answer;
    },
    () => nowMs,
    { warn: () => undefined },
  );
  await flags();
  nowMs = 60_000;
  expect((await flags()).recording_enabled).toBe(true);
  expect((await flags()).recording_enabled).toBe(true);
  expect(reads).toBe(2);
});

test("before anything was read the deployed defaults hold", async () => {
  const flags = flagReader(
    () => Promise.reject(new Error("down")),
    () => 0,
    { warn: () => undefined },
  );
  expect(await flags()).toEqual(defaultFlags);
});
