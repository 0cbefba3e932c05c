import { expect, test, vi } from "vitest";
import { route } from "../router/route.ts";
import { decide } from "./decision.ts";
import type { Choice } from "./record.ts";

vi.mock(import("../router/route.ts"), { spy: true });

const pairs = { audio: { cheap: "voice-cheap", strong: "voice-strong" }, text: { cheap: "fast", strong: "strong" } };
const options = { dial: { keep_at_least: 0.9 }, dial_free: true };
const turn = (content: string, deployment: string, choice: Choice) => ({
  id: `turn:${content}`,
  sessionId: "session-1",
  at: "2026-11-22T09:00:00.000Z",
  turn: { persona: "human" as const, content },
  deployment,
  choice,
});
const circumstances = {
  options,
  pairs,
  session: { turns: [turn("one", "voice-strong", "strong"), turn("two", "model-router", "cheap")] },
  budgetLeft: 0.25,
  avoided: (deployment: string) => deployment === "fast",
};

test("the router is told all that is known: what was said, what is left, what fails, and the medium's model so far", () => {
  decide({ message: "three", medium: "text", task: "math" }, circumstances);
  expect(vi.mocked(route)).toHaveBeenLastCalledWith("three", {
    history: [
      { persona: "human", content: "one" },
      { persona: "human", content: "two" },
    ],
    dial: options.dial,
    medium: "text",
    task: "math",
    budgetLeft: 0.25,
    unhealthy: ["cheap"],
    usedBefore: "cheap",
  });
  decide({ message: "three", medium: "audio", dial: { spend_at_most: 0.4 } }, circumstances);
  expect(vi.mocked(route)).toHaveBeenLastCalledWith(
    "three",
    expect.objectContaining({ dial: { spend_at_most: 0.4 }, unhealthy: [], usedBefore: "strong" }),
  );
});

test("the deployment is that of the medium's pair", () => {
  const healthy = { ...circumstances, avoided: () => false };
  for (const medium of ["audio", "text"] as const) {
    const { deployment, choice } = decide({ message: "Hello", medium }, healthy);
    expect(deployment).toBe(pairs[medium][choice]);
  }
});
