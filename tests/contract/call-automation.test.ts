/** What our edge of Call Automation asks of the service, as the official client sends it. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { openCallAutomation } from "../../runtime/services/call-automation.ts";
import { openWorld, type World } from "../support/stand-in.ts";

let world: World;
let asked: { what: string; body: Record<string, unknown> }[];
let answers: Record<string, () => Response>;
let automation: ReturnType<typeof openCallAutomation>;

beforeAll(async () => {
  world = await openWorld();
  const service = await world.start({
    async fetch(request) {
      const what = `${request.method} ${new URL(request.url).pathname}`;
      const text = await request.text();
      asked.push({ what, body: text ? (JSON.parse(text) as Record<string, unknown>) : {} });
      return answers[what]?.() ?? Response.json({}, { status: 202 });
    },
  });
  const settings = {
    COMMUNICATION_ENDPOINT: service.url,
    BLOB_ENDPOINT: "https://blobs.example",
    RECORDINGS_CONTAINER: "recordings",
    DIALLABLE_COUNTRIES: "FR",
    PHONE_NUMBER: "+33199002737",
    SPEECH_ENDPOINT: "https://speech.example/",
  };
  const credential = { getToken: async () => ({ token: "entra", expiresOnTimestamp: Number.MAX_SAFE_INTEGER }) };
  automation = openCallAutomation(settings, credential);
});
afterAll(() => world.close());

function service(given: Record<string, () => Response> = {}) {
  asked = [];
  answers = given;
  return asked;
}
const call = "/calling/callConnections/c1";
const [caller, colleague] = ["+33612345678", "+33100000000"];

test("a call is answered with the resource whose voices may speak in it", async () => {
  const seen = service({ "POST /calling/callConnections:answer": () => Response.json({ callConnectionId: "c1" }) });
  const addresses = { callbackUrl: "https://app.example/acs/callback/1", mediaUrl: "wss://bridge.example/media/1" };
  expect(await automation.answer({ incomingCallContext: "context", ...addresses })).toBe("c1");
  expect(seen[0]?.body).toMatchObject({ callIntelligenceOptions: { cognitiveServicesEndpoint: "https://speech.example/" } });
});

test.each([
  [200, { callConnectionState: "connected" }, "connected"],
  [200, { callConnectionState: "disconnected" }, "gone"],
  [404, {}, "gone"],
])("a call that the service answers %i %o for is %s", async (status, body, state) => {
  service({ [`GET ${call}`]: () => Response.json(body, { status }) });
  expect(await automation.state("c1")).toBe(state);
});

test.each([
  [{ mediaStreamingSubscription: { id: "s", state: "active", subscribedContentTypes: ["audio"] } }, true],
  [{ mediaStreamingSubscription: { id: "s", state: "inactive", subscribedContentTypes: ["audio"] } }, false],
  [{}, false],
])("of a call that the service shows as %o it is known whether its sound flows", async (body, flows) => {
  service({ [`GET ${call}`]: () => Response.json({ callConnectionState: "connected", ...body }) });
  expect(await automation.streams("c1")).toBe(flows);
});

test("the caller is held and taken back, a colleague is rung for 45 s showing our number", async () => {
  const seen = service({
    [`POST ${call}:hold`]: () => new Response(null, { status: 200 }),
    [`POST ${call}:unhold`]: () => new Response(null, { status: 200 }),
    [`POST ${call}/participants:add`]: () => Response.json({ invitationId: "i1" }, { status: 202 }),
  });
  await automation.hold("c1", caller);
  expect(await automation.invite("c1", colleague)).toBe("i1");
  await automation.unhold("c1", caller);
  expect(seen.map(({ what }) => what)).toEqual([`POST ${call}:hold`, `POST ${call}/participants:add`, `POST ${call}:unhold`]);
  expect(seen[0]?.body).toMatchObject({ targetParticipant: { phoneNumber: { value: caller } } });
  expect(seen[1]?.body).toMatchObject({
    participantToAdd: { phoneNumber: { value: colleague } },
    sourceCallerIdNumber: { value: "+33199002737" },
    invitationTimeoutInSeconds: 45,
  });
});

test("whoever has joined is sent away, whoever still rings is not rung any more", async () => {
  const participants = (...numbers: string[]) => ({
    [`GET ${call}/participants`]: () =>
      Response.json({
        value: numbers.map((value) => ({ identifier: { kind: "phoneNumber", rawId: `4:${value}`, phoneNumber: { value } } })),
      }),
  });
  const joined = service(participants(caller, colleague));
  await automation.dismiss("c1", colleague, "i1");
  expect(joined.at(-1)).toMatchObject({ what: `POST ${call}/participants:remove` });
  const ringing = service(participants(caller));
  await automation.dismiss("c1", colleague, "i1");
  expect(ringing.at(-1)).toMatchObject({ what: `POST ${call}/participants:cancelAddParticipant`, body: { invitationId: "i1" } });
});

test("words are spoken to everyone by a voice of their language, and their sound is opened again", async () => {
  const seen = service();
  await automation.play("c1", "Un instant", { language: "fr-FR", voice: "fr-FR-VivienneMultilingualNeural" }, "goodbye");
  await automation.startMediaStreaming("c1");
  expect(seen[0]).toMatchObject({
    what: `POST ${call}:play`,
    body: {
      playSources: [
        { kind: "text", text: { text: "Un instant", sourceLocale: "fr-FR", voiceName: "fr-FR-VivienneMultilingualNeural" } },
      ],
      playTo: [],
      operationContext: "goodbye",
    },
  });
  expect(seen[1]?.what).toBe(`POST ${call}:startMediaStreaming`);
});

test("a recording is paused, resumed and ended, and one that is over is no fault", async () => {
  const seen = service({ "DELETE /calling/recordings/r1": () => new Response(null, { status: 404 }) });
  await automation.pauseRecording("r1");
  await automation.resumeRecording("r1");
  await automation.stopRecording("r1");
  expect(seen.map(({ what }) => what)).toEqual([
    "POST /calling/recordings/r1:pause",
    "POST /calling/recordings/r1:resume",
    "DELETE /calling/recordings/r1",
  ]);
});

test("a recording is begun with the call's own callbacks to tell which it is", async () => {
  const callbackUri = "https://app.example/acs/callback/1";
  const seen = service({
    [`GET ${call}`]: () => Response.json({ callConnectionId: "c1", callbackUri }),
    "POST /calling/recordings": () => Response.json({ recordingId: "r1", recordingState: "active" }),
  });
  expect(await automation.startRecording("c1")).toBe("r1");
  expect(seen.at(-1)?.body).toMatchObject({ callConnectionId: "c1", recordingStateCallbackUri: callbackUri });
});
