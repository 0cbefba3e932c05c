import fc from "fast-check";
import { expect, test } from "vitest";
import { agentSchema } from "../agent.ts";
import type { CallRecord, CallStatus } from "./call.ts";
import { advance } from "./status.ts";

const created: CallRecord = {
  call_id: "call-1",
  created_at: "2026-11-22T09:00:00Z",
  direction: "outbound",
  phone_number: "+33612345678",
  initiate: agentSchema.parse({ bot_company: "Contoso", bot_name: "Amélie" }),
  status: "created",
  claim: {},
  reminders: [],
  lang_short_code: "fr-FR",
  media_nonce_sha256: "x",
};
const order: CallStatus[] = ["created", "ringing", "connected", "ended"];

test("whatever order events come in, the status only moves forward and the first reason stays", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...order)), (events) => {
      let record = created;
      const reasons = new Set<string>();
      for (const [at, status] of events.entries()) {
        const before = record;
        record = status === "ended" ? advance(record, status, at % 2 ? "busy" : "completed") : advance(record, status);
        expect(order.indexOf(record.status)).toBeGreaterThanOrEqual(order.indexOf(before.status));
        if (record.ended_reason) reasons.add(record.ended_reason);
      }
      expect(reasons.size).toBeLessThanOrEqual(1);
      expect(record.ended_reason === undefined).toBe(record.status !== "ended");
    }),
  );
});

test("an ended call opens no media socket any more", () => {
  expect(advance(created, "ended", "failed").media_nonce_sha256).toBeUndefined();
});
