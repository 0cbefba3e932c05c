import { expect, test } from "vitest";
import type { VoiceEngine } from "../agent.ts";
import { defaultFlags } from "../flags.ts";
import { voiceEngines } from "./voice-engines.ts";

const open = () => ({ send: () => undefined, brief: () => undefined, close: () => undefined });
const enginesFor = voiceEngines({
  realtime: { open, cheap: "realtime-cheap", strong: "realtime-strong" },
  cascade: { open, cheap: "chat-fast", strong: "chat-strong" },
});
const names = (wanted: VoiceEngine[], slow = false) =>
  enginesFor({ initiate: { voice_engines: wanted } }, { ...defaultFlags, slow_llm_for_chat: slow }).map(
    ({ name, deployment }) => `${name} ${deployment}`,
  );

test("an agent's engines are tried in its order, each with the deployment the flag asks for", () => {
  expect(names(["cascade", "realtime"])).toEqual(["cascade chat-fast", "realtime realtime-cheap"]);
  expect(names(["realtime"], true)).toEqual(["realtime realtime-strong"]);
});

test("an engine that the bridge does not have is passed over, and a call always has one", () => {
  expect(names(["voice-live", "cascade"])).toEqual(["cascade chat-fast"]);
  expect(names(["voice-live"])).toEqual(["realtime realtime-cheap", "cascade chat-fast"]);
});
