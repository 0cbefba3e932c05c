import { expect, test } from "vitest";
import type { CallRecord } from "../../runtime/calls/call.ts";
import { enter } from "../../runtime/chat/account.ts";
import { type ChatOptions, defaultChatOptions } from "../../runtime/chat-options.ts";
import { BridgeRefusal } from "../../runtime/services/bridge-client.ts";
import { NoDeployment } from "../../runtime/services/deployment-health.ts";
import type { Services } from "../../runtime/services/services.ts";
import { Unanswered } from "../../runtime/services/text-models.ts";
import { documentedBody, type Office, openOffice } from "./office.ts";

const nobody = undefined;
const elsewhere = "session-of-nobody";
const knownCall = "7b0e6c0a-6f5e-4bb4-9a51-0d2f3c1b2a10";

test("whatever the chat refuses, it says what to do next", async () => {
  for (const [title, answer] of await chatting()) {
    const { error } = (await answer.json()) as { error: { message: string; details: string[] } };
    expect(error.details, title).not.toEqual([]);
    expect(answer.status, title).toBeGreaterThanOrEqual(400);
  }
});

test("wrong requests each get an answer that says what is wrong and what to do", async () => {
  const office = await openOffice();
  const bearer = async (token: Promise<string>) => ({ authorization: `Bearer ${await token}` });
  const event = [{ id: "event-1", type: "Microsoft.Communication.CallConnected", data: { callConnectionId: "c" } }];
  const sdp = { "content-type": "application/sdp" };
  const requests: [title: string, answer: Response | Promise<Response>][] = [
    ["a list without signing in", office.request(nobody, "GET", "/call")],
    [
      "a list with a token for another app",
      office.request(nobody, "GET", "/call", undefined, await bearer(office.staffToken("viewer", { audience: "other" }))),
    ],
    [
      "a list with an expired token",
      office.request(nobody, "GET", "/call", undefined, await bearer(office.staffToken("viewer", { lifetimeMs: -120_000 }))),
    ],
    ["a list by someone without a role", office.request(nobody, "GET", "/call", undefined, await bearer(office.staffToken()))],
    ["dialling as a viewer", office.request("viewer", "POST", "/call", documentedBody)],
    ["dialling with words that are not JSON", office.request("supervisor", "POST", "/call", "phone_number=+33612345678")],
    ["dialling with a list", office.request("supervisor", "POST", "/call", [])],
    [
      "dialling with everything wrong at once",
      office.request("supervisor", "POST", "/call", {
        phone_number: "112",
        agent_phone_number: "Bob",
        bot_company: "",
        task: 7,
        claim: [{ name: "Hardware Info", type: "file" }],
        prosody_rate: 3,
        lang: { default_short_code: "fr-FR", availables: [] },
      }),
    ],
    [
      "dialling a country that is not open",
      office.request("supervisor", "POST", "/call", { ...documentedBody, phone_number: "+442079460000" }),
    ],
    [
      "a human who may not be dialled either",
      office.request("supervisor", "POST", "/call", { ...documentedBody, agent_phone_number: "+442079460000" }),
    ],
    ["a call that does not exist", office.request("viewer", "GET", `/call/${knownCall}`)],
    ["a number nobody called", office.request("viewer", "GET", "/call/+33612345678")],
    ["neither a call nor a number", office.request("viewer", "GET", "/call/amelie")],
    ["a list of none", office.request("viewer", "GET", "/call?limit=0")],
    ["a list that goes on from nowhere", office.request("viewer", "GET", "/call?continuation=abc")],
    ["hanging up by number", office.request("supervisor", "DELETE", "/call/+33612345678")],
    ["a callback without a token", office.request(nobody, "POST", `/acs/callback/${knownCall}`, event)],
    [
      "a callback for another resource",
      office.request(
        nobody,
        "POST",
        `/acs/callback/${knownCall}`,
        event,
        await bearer(office.callbackToken({ audience: knownCall })),
      ),
    ],
    [
      "a callback of a call that does not exist",
      office.request(nobody, "POST", `/acs/callback/${knownCall}`, event, await bearer(office.callbackToken())),
    ],
    [
      "a callback without events",
      office.request(nobody, "POST", `/acs/callback/${knownCall}`, [], await bearer(office.callbackToken())),
    ],
    ["whispering to a call that is not in progress", whispering(office, { command: "whisper", text: "Offer a discount." })],
    ["an operator's command that is none", whispering(office, { command: "shout", text: "" })],
    ["an operator's command by a viewer", office.request("viewer", "POST", `/call/${knownCall}/operator`, { command: "end" })],
    ["an operator's command by number", office.request("supervisor", "POST", "/call/+33612345678/operator", { command: "end" })],
    ["routing nothing", office.request("viewer", "POST", "/api/ModelRouter", { message: " ", sessionId: "a b" })],
    [
      "an offer that is not SDP",
      office.request("viewer", "POST", "/api/realtime/calls?choice=cheap&sessionId=session-1", "hello", sdp),
    ],
    [
      "an offer in JSON",
      office.request("viewer", "POST", "/api/realtime/calls?choice=cheap&sessionId=session-1", { sdp: "v=0" }),
    ],
    ["an offer for a model that is not there", office.request("viewer", "POST", "/api/realtime/calls?choice=best", "v=0", sdp)],
    [
      "an offer with everything wrong at once",
      office.request("viewer", "POST", "/api/realtime/calls?choice=best&sessionId=a%20b", "hello", sdp),
    ],
    [
      "routing with everything wrong at once",
      office.request("viewer", "POST", "/api/ModelRouter", {
        message: "x".repeat(8_001),
        sessionId: "short",
        itemId: "item 1",
        task: 7,
        dial: { spend_at_most: 2 },
        medium: "video",
      }),
    ],
    [
      "a text turn with everything wrong at once",
      office.request("viewer", "POST", "/api/chat/turns", { message: 7, sessionId: "a/b", dial: "cheap", task: "x".repeat(65) }),
    ],
    ["a text turn that is not JSON", office.request("viewer", "POST", "/api/chat/turns", "message=Hello")],
    ["a session by no id", office.request("viewer", "GET", "/api/chat/sessions/a%20b?after=x%20y")],
    ["a session that does not exist", office.request("viewer", "GET", "/api/chat/sessions/session-1")],
    ["a secret where none are handed out", office.request("viewer", "POST", "/api/realtime/secrets", {})],
    ["a call that is none", office.request("viewer", "POST", "/api/realtime/attached", { sessionId: "a", callId: "../x" })],
    ["a body that is too large", office.request("supervisor", "POST", "/call", { ...documentedBody, task: "x".repeat(300_000) })],
    ["an address that is not there", office.request("viewer", "GET", "/admin")],
    ["an address that is asked instead of told", office.request("viewer", "GET", "/api/ModelRouter")],
    ["an address that does more than one thing, but not this", office.request("viewer", "PUT", "/call/amelie", {})],
    ["a visit where people must sign in", office.request(nobody, "POST", "/api/chat/visitors")],
    [
      "a message to a session of nobody's",
      office.request("viewer", "POST", "/api/SignalRMessages", { message: "Hi", sessionId: elsewhere }),
    ],
    ["an event of SignalR's by somebody else", office.request("viewer", "POST", "/api/signalr/chathub_contoso/messages/say", {})],
    [
      "going on with a session that does not exist",
      office.request("viewer", "POST", "/api/ModelRouter", { message: "Hi", continues: elsewhere }),
    ],
    [
      "the strong model where it was not chosen",
      office.request("viewer", "POST", `/api/realtime/calls?choice=strong&sessionId=${elsewhere}`, "v=0", sdp),
    ],
    ...(await chatting()),
  ];
  const answers = await Promise.all(
    requests.map(async ([title, response]) => {
      const { status, headers } = await response;
      const more = ["allow", "retry-after"].flatMap((name) => (headers.has(name) ? [`${name}: ${headers.get(name)}\n`] : []));
      return `${title}\n${status} ${JSON.stringify(await (await response).json(), null, 2)}\n${more.join("")}`;
    }),
  );
  await expect(answers.join("\n")).toMatchFileSnapshot("wrong-requests.golden.txt");
  expect(office.done.dialled).toEqual([]);
});

async function whispering(office: Office, command: object): Promise<Response> {
  const { store, now } = office.services;
  const call_id = "0a4d9f7e-6f5e-4bb4-9a51-0d2f3c1b2a11";
  const record = { call_id, created_at: now().toISOString(), phone_number: "+14255550123", status: "ringing" } as CallRecord;
  await store.create(record);
  return office.request("supervisor", "POST", `/call/${call_id}/operator`, command);
}

/** What the chat refuses for what was before: each in an office of its own. */
async function chatting(): Promise<[title: string, answer: Response][]> {
  const office = (options: Partial<ChatOptions> = {}, services: Partial<Services> = {}) =>
    openOffice({ environment: { CHAT: JSON.stringify({ ...defaultChatOptions, ...options }) }, services });
  const says = (at: Office, more: object = {}) =>
    at.request("viewer", "POST", "/api/chat/turns", { message: "Hello", sessionId: "session-1", ...more });
  const routes = (at: Office, more: object = {}) =>
    at.request("viewer", "POST", "/api/ModelRouter", { message: "Hello", sessionId: "session-1", ...more });
  const sdp = { "content-type": "application/sdp" };
  const opens = (at: Office) => at.request("viewer", "POST", "/api/realtime/calls?choice=cheap&sessionId=session-1", "v=0", sdp);
  const attached = (at: Office) =>
    at.request("viewer", "POST", "/api/realtime/attached", { sessionId: "session-1", callId: "rtc_1" });
  const secret = (at: Office) =>
    at.request("viewer", "POST", "/api/realtime/secrets", { sessionId: "session-1", choice: "cheap" });
  const saying = (services: Partial<Services>) => office({}, services).then((at) => says(at));
  const refusing = (error: Error): Partial<Services> => ({ textModels: { answer: () => Promise.reject(error) } });
  const after = async (at: Office, before: (at: Office) => Promise<unknown>, answer: (at: Office) => Promise<Response>) => {
    await before(at);
    return answer(at);
  };
  const spend = ({ services: { documents, now } }: Office) =>
    enter(documents, "person-1", now(), { sessionId: "session-1", of: "resp_1", costUsd: 10 });
  const down = async (at: Office) => at.broken.add("sideband");
  const publisher = { negotiate: () => Promise.reject(new Error("down")) } as unknown as Services["publisher"];
  return [
    ["a text turn that is not paid for by its session", await says(await office({ session_budget_usd: 1e-9 }))],
    ["a text turn that is not paid for by the day", await after(await office(), spend, says)],
    [
      "a text turn that has its answer",
      await after(
        await office(),
        (at) => says(at, { itemId: "a" }),
        (at) => says(at, { itemId: "a" }),
      ),
    ],
    ["a text turn that no model answers", await saying(refusing(new NoDeployment(7_000)))],
    ["a text turn that a model says nothing to", await saying(refusing(new Unanswered(false)))],
    ["a text turn that the content filter refuses", await saying(refusing(new Unanswered(true)))],
    ["a text turn that the model service fails", await saying(refusing(new Error("down")))],
    ["a dial that is the customer's", await routes(await office({ dial_free: false }), { dial: { spend_at_most: 0.5 } })],
    [
      "more messages than a person sends",
      await after(await office(), (at) => Promise.all(Array.from({ length: 120 }, () => routes(at))), routes),
    ],
    ["a voice session that no bridge watches", await after(await office(), down, opens)],
    [
      "a voice session that the model service does not open",
      await after(await office(), async (at) => at.broken.add("models"), opens),
    ],
    ["a second secret", await after(await office({ ephemeral_secrets: true }), secret, secret)],
    ["a call without a secret", await after(await office({ ephemeral_secrets: true }), routes, attached)],
    [
      "a call that the bridge does not find",
      await after(
        await office(
          { ephemeral_secrets: true },
          { sideband: { attach: () => Promise.reject(new BridgeRefusal("", 502)), end: async () => undefined } },
        ),
        secret,
        attached,
      ),
    ],
    ["SignalR while it is away", await (await office({}, { publisher })).request("viewer", "POST", "/api/SignalRInfo", {})],
  ];
}
