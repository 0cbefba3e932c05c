/** The browser phone's API with a browser's WebRTC and no browser: whose call it is, words, keys and the end. */
import { afterEach, expect, test, vi } from "vitest";
import type { Call } from "../../runtime/calls/call.ts";
import { BrowserPeer } from "../support/browser-peer.ts";
import { type CarriedLine, openCarriedLine } from "./carried-line.ts";

const patient = { timeout: 30_000, interval: 50 };
let line: CarriedLine | undefined;
let browser: BrowserPeer | undefined;
afterEach(async () => {
  await browser?.close();
  await line?.close();
  line = undefined;
  browser = undefined;
});

const ask = (method: string, path: string, { as = "person-1", body = "", type = "application/json" } = {}) =>
  line!.doors.request(`https://app.example${path}`, {
    method,
    headers: { ...(as ? { authorization: `Bearer ${as}` } : {}), "content-type": type },
    ...(body ? { body } : {}),
  });

/** Calls as a browser does; the address of the call. */
async function calls(as = "person-1"): Promise<{ address: string; callId: string }> {
  browser = new BrowserPeer(line!.voice);
  const answer = await ask("POST", "/phone/calls", { as, body: await browser.offer(), type: "application/sdp" });
  expect(answer.status).toBe(201);
  const address = answer.headers.get("location") ?? "";
  await browser.connect(await answer.text());
  return { address, callId: address.split("/").pop() ?? "" };
}

const recordWhen = (callId: string, isSo: (call: Call) => boolean): Promise<Call> =>
  vi.waitFor(async () => {
    const call = await line!.store.get(callId);
    if (!call || !isSo(call)) throw new Error("Not yet so.");
    return call;
  }, patient);

test("a person talks with the agent, and the call is kept like any other, under no number", async () => {
  line = await openCarriedLine();
  const { callId } = await calls();
  const heard: string[] = [];
  while (!heard.join(" ").includes("How can I help you?")) heard.push(...(await browser!.hears()));
  const call = await recordWhen(callId, (each) => each.messages.some((message) => message.persona === "assistant"));
  expect(call).toMatchObject({ carrier: "browser", direction: "inbound", phone_number: "anonymous", status: "connected" });
  expect(call.resumable).toBeUndefined();
  expect(browser!.events).not.toContain("response.done");
}, 60_000);

test("keys reach the assistant, from the person whose call it is alone", async () => {
  line = await openCarriedLine();
  const { address, callId } = await calls();
  const heard: string[] = [];
  while (!heard.join(" ").includes("How can I help you?")) heard.push(...(await browser!.hears()));
  const published = vi.spyOn(line.needs.news, "publish");
  const press = (digit: string, as = "person-1") => ask("POST", `${address}/digits`, { as, body: JSON.stringify({ digit }) });
  expect((await press("1", "person-2")).status).toBe(404);
  expect((await press("1", "")).status).toBe(401);
  expect((await press("11")).status).toBe(422);
  expect((await press("A")).status).toBe(422);
  expect(published).not.toHaveBeenCalled();
  expect((await press("7")).status).toBe(204);
  expect(published).toHaveBeenCalledWith(callId, { kind: "digit", digit: "7" });
}, 60_000);

test("a call is hung up by whoever opened it, once or twice, and by nobody else", async () => {
  line = await openCarriedLine();
  const { address, callId } = await calls();
  expect((await ask("DELETE", address, { as: "person-2" })).status).toBe(404);
  expect((await ask("DELETE", "/phone/calls/..%2F..")).status).toBe(404);
  await recordWhen(callId, (each) => each.status === "connected");
  expect((await ask("DELETE", address)).status).toBe(204);
  const call = await recordWhen(callId, (each) => each.status === "ended");
  expect(call.ended_reason).toBe("completed");
  await vi.waitFor(() => expect(line!.queued).toEqual([callId]), patient);
  expect((await ask("DELETE", address)).status).toBe(204);
  expect((await ask("POST", `${address}/digits`, { body: '{"digit":"1"}' })).status).toBe(409);
}, 60_000);

test("nobody calls who is not signed in, and nothing is opened for what is no offer", async () => {
  line = await openCarriedLine();
  const opened = vi.spyOn(line.needs.models, "openSession");
  expect((await ask("POST", "/phone/calls", { as: "", body: "v=0", type: "application/sdp" })).status).toBe(401);
  expect((await ask("POST", "/phone/calls", { body: "v=0" })).status).toBe(415);
  expect((await ask("POST", "/phone/calls", { body: "hello", type: "application/sdp" })).status).toBe(422);
  expect(opened).not.toHaveBeenCalled();
  const page = await ask("GET", "/phone", { as: "" });
  expect(page.status).toBe(302);
  expect(page.headers.get("location")).toContain("/sign-in");
});

test("a call that no bridge takes is not left open", async () => {
  line = await openCarriedLine();
  line.bridge.refusal = "This bridge is full.";
  const hangUp = vi.spyOn(line.needs.realtimeCalls, "hangUp");
  browser = new BrowserPeer(line.voice);
  const answer = await ask("POST", "/phone/calls", { body: await browser.offer(), type: "application/sdp" });
  expect(answer.status).toBe(503);
  expect(hangUp).toHaveBeenCalledTimes(1);
  expect(await line.store.latestFor("anonymous")).toMatchObject({ status: "ended", ended_reason: "failed" });
});
