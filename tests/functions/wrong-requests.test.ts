import { expect, test } from "vitest";
import type { CallRecord } from "../../runtime/calls/call.ts";
import { documentedBody, type Office, openOffice } from "./office.ts";

const nobody = undefined;
const knownCall = "7b0e6c0a-6f5e-4bb4-9a51-0d2f3c1b2a10";

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
  ];
  const answers = await Promise.all(
    requests.map(
      async ([title, response]) =>
        `${title}\n${(await response).status} ${JSON.stringify(await (await response).json(), null, 2)}\n`,
    ),
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
