import { expect, test } from "vitest";
import { memoryDocuments } from "../../tests/support/memory-documents.ts";
import { VirtualClock } from "../../tests/support/virtual-clock.ts";
import { agentSchema } from "../agent.ts";
import type { Call } from "../calls/call.ts";
import { callStore } from "../calls/store.ts";
import { defaultFlags } from "../flags.ts";
import { runCall } from "./call-driver.ts";
import type { ModelEvent } from "./voice-model/voice-model.ts";

test("a fault of ours ends the call it befell, tells the network, and leaves no word in the log", async () => {
  const clock = new VirtualClock();
  const store = callStore(memoryDocuments(), () => new Date(clock.nowMs()));
  const { messages, ...record }: Call = {
    call_id: "call-1",
    created_at: new Date(clock.nowMs()).toISOString(),
    direction: "inbound",
    phone_number: "+33612345678",
    initiate: agentSchema.parse({ bot_company: "Contoso", bot_name: "Amélie" }),
    status: "ringing",
    claim: {},
    reminders: [],
    lang_short_code: "fr-FR",
    messages: [],
  };
  await store.create(record);
  const done: string[] = [];
  const logged: unknown[] = [];
  const log = (...line: unknown[]) => void logged.push(line);
  const telephone = {
    listen: () => undefined,
    play: () => {
      throw new RangeError("Ada Martin's sound does not fit");
    },
    stop: () => undefined,
    hangUp: async () => void done.push("hung up"),
    transfer: async () => undefined,
    close: () => void done.push("let go of the phone"),
  };
  const opened = Promise.withResolvers<(event: ModelEvent) => void>();
  const call = runCall({ ...record, messages }, telephone, {
    store,
    openModel: (_request, report) => {
      opened.resolve(report);
      return { send: () => undefined, brief: () => undefined, close: () => void done.push("let go of the model") };
    },
    deployment: "realtime-cheap",
    runTool: async () => ({ content: "" }),
    flags: defaultFlags,
    clock,
    log: { info: log, warn: log, error: log },
  });
  const report = await opened.promise;
  const audio = { base64: Buffer.from("AAAA"), durationMs: 20 };
  report({ kind: "ready" });
  report({ kind: "response_started", responseId: "response-1", purpose: "greeting" });
  report({ kind: "speech", responseId: "response-1", itemId: "item-1", contentIndex: 0, audio });
  await call.ended;
  expect(done.sort()).toEqual(["hung up", "let go of the model", "let go of the phone"]);
  expect(JSON.stringify(logged)).toContain("RangeError");
  expect(JSON.stringify(logged)).not.toMatch(/Ada|336/);
  report({ kind: "closed" });
  expect(done).toHaveLength(3);
});
