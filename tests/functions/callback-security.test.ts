/** Rows W1 to W13 of the threat table (W14 stands with its carrier, tests/twilio/doors.test.ts): who may report events of calls, and what a body may do. Real signatures, real key endpoints. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT } from "jose";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { incomingCall, staleAfterMs } from "../../runtime/calls/inbound.ts";
import type { CallView } from "../../runtime/calls/view.ts";
import { callbackVerifier, keysAt, verifier } from "../../runtime/http/verify.ts";
import { documentedBody, type Office, openOffice, resourceId } from "./office.ts";

const connection = "connection-1";
const unknownCall = "7b0e6c0a-6f5e-4bb4-9a51-0d2f3c1b2a10";

interface KeyPair {
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
}
let ours: KeyPair;
let theirs: KeyPair;
beforeAll(async () => {
  [ours, theirs] = await Promise.all([
    generateKeyPair("RS256", { extractable: true }),
    generateKeyPair("RS256", { extractable: true }),
  ]);
});

/** A place that counts who asks; `status` is what it answers from now on. */
async function place(keys: () => Promise<JWK[]>) {
  const counted = { asked: 0, status: 200 };
  const server = createServer(async (_request, response) => {
    counted.asked++;
    const body = JSON.stringify({ keys: await keys() });
    response.writeHead(counted.status, { "content-type": "application/json" }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  servers.push(server);
  return Object.assign(counted, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}
type Place = Awaited<ReturnType<typeof place>>;

const servers: Server[] = [];
let issuer: Place;
let office: Office;
let callId: string;
beforeEach(async () => {
  issuer = await place(async () => [{ ...(await exportJWK(ours.publicKey)), kid: "ours", alg: "RS256" }]);
  const settings = { CALL_AUTOMATION_AUTHORITY: issuer.url, COMMUNICATION_RESOURCE_ID: resourceId };
  const time = { now: () => new Date() };
  office = await openOffice({ callback: callbackVerifier(settings, () => time.now()) });
  time.now = office.services.now;
  const response = await office.request("supervisor", "POST", "/call", documentedBody);
  callId = ((await response.json()) as CallView).call_id;
});
afterEach(() => {
  vi.useRealTimers();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

interface Claims {
  readonly audience?: string;
  readonly issuer?: string;
  readonly expiresInSeconds?: number;
  readonly notBeforeSeconds?: number;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly key?: CryptoKey | Uint8Array;
}

function token({
  audience = resourceId,
  expiresInSeconds = 300,
  notBeforeSeconds = 0,
  header = {},
  key,
  ...claims
}: Claims = {}) {
  const nowSeconds = Math.floor(office.clock.nowMs / 1_000);
  return new SignJWT({})
    .setProtectedHeader({ alg: "RS256", kid: "ours", ...header })
    .setIssuer(claims.issuer ?? issuer.url)
    .setAudience(audience)
    .setNotBefore(nowSeconds + notBeforeSeconds)
    .setExpirationTime(nowSeconds + expiresInSeconds)
    .sign(key ?? ours.privateKey);
}

const event = (kind: string, data: object = {}) => ({
  id: `event-${kind}`,
  type: `Microsoft.Communication.${kind}`,
  data: { callConnectionId: connection, ...data },
});
const connected = [event("CallConnected")];

async function reports(bearer: string | undefined, body: unknown = connected, which = callId): Promise<Response> {
  return office.request(undefined, "POST", `/acs/callback/${which}`, body, bearer ? { authorization: `Bearer ${bearer}` } : {});
}
const status = async (answer: Promise<Response>): Promise<number> => (await answer).status;
const callStatus = async () => (await office.services.store.get(callId))?.status;

/** What every refusal has in common: nothing written, nothing asked of a service, one line in the log that names nobody. */
async function refused(answer: () => Promise<Response>, expected: number): Promise<void> {
  const before = await office.services.store.get(callId);
  const done = structuredClone({ ...office.done, logged: [] });
  office.done.logged.length = 0;
  expect(await status(answer())).toBe(expected);
  expect(await office.services.store.get(callId)).toEqual(before);
  expect({ ...office.done, logged: [] }).toEqual(done);
  expect(office.done.logged).toHaveLength(1);
  expect(JSON.stringify(office.done.logged)).not.toMatch(/eyJ|1123456|Bearer/);
}

describe("a callback is refused", () => {
  test("W1: without a token, or with one that is none", async () => {
    for (const bearer of [undefined, "nonsense", "a.b.c", "eyJhbGciOiJSUzI1NiJ9.e30."]) await refused(() => reports(bearer), 401);
    expect(await status(reports(await token()))).toBe(200);
  });

  test("W2: with a token signed by nobody, or by the public key as if it were a secret", async () => {
    const [, payload] = (await token()).split(".");
    const none = Buffer.from(JSON.stringify({ alg: "none" })).toString("base64url");
    await refused(() => reports(`${none}.${payload}.`), 401);
    const secret = new TextEncoder().encode(await exportSPKI(ours.publicKey));
    const symmetric = await token({ header: { alg: "HS256" }, key: secret });
    await refused(() => reports(symmetric), 401);
  });

  test("W3: with a token that brings its own keys, which are never fetched", async () => {
    const jwk = await exportJWK(theirs.publicKey);
    const attacker = await place(async () => [{ ...jwk, kid: "ours", alg: "RS256" }]);
    const key = theirs.privateKey;
    for (const header of [
      { jku: `${attacker.url}/keys` },
      { x5u: `${attacker.url}/certificate` },
      { jwk },
      { jku: `${attacker.url}/keys`, kid: "theirs" },
      { kid: `${attacker.url}/keys` },
    ]) {
      const forged = await token({ header, key });
      await refused(() => reports(forged), 401);
    }
    expect(attacker.asked).toBe(0);
    expect(await status(reports(await token({ issuer: attacker.url })))).toBe(401);
    expect(attacker.asked).toBe(0);
  });

  test("W4: a thousand tokens of unknown keys have the keys fetched once more at most", async () => {
    expect(await status(reports(await token()))).toBe(200);
    const before = issuer.asked;
    const forged = await token({ key: theirs.privateKey });
    const [, payload, signature] = forged.split(".");
    const flood = Array.from({ length: 1_000 }, (_, each) => {
      const header = Buffer.from(JSON.stringify({ alg: "RS256", kid: `unknown-${each}` })).toString("base64url");
      return `${header}.${payload}.${signature}`;
    });
    const answers = new Set<number>();
    // In waves: what is asked while an answer is on its way costs nothing anyway.
    for (let from = 0; from < flood.length; from += 50)
      for (const answer of await Promise.all(flood.slice(from, from + 50).map((each) => status(reports(each)))))
        answers.add(answer);
    expect([...answers]).toEqual([401]);
    expect(issuer.asked - before).toBeLessThanOrEqual(1);
    expect(await status(reports(await token()))).toBe(200);
  });

  test("W5: with a token for another stamp's resource", async () => {
    const other = await token({ audience: unknownCall });
    await refused(() => reports(other), 401);
  });

  test("W6: before and after its time, with a minute's leeway for clocks that differ", async () => {
    for (const [claims, expected] of [
      [{ expiresInSeconds: -61 }, 401],
      [{ notBeforeSeconds: 61 }, 401],
      // A token is no longer valid at the very second it expires (RFC 7519, section 4.1.4).
      [{ expiresInSeconds: -60 }, 401],
      [{ expiresInSeconds: -59 }, 200],
      [{ notBeforeSeconds: 60 }, 200],
    ] as const)
      expect([claims, await status(reports(await token(claims)))]).toEqual([claims, expected]);
  });

  test("W8: for a call that is another's exactly as for one that is not there", async () => {
    await office.services.store.change(callId, (record) => ({ ...record, connection_id: connection }));
    const bearer = await token();
    const foreign = [event("CallDisconnected", { callConnectionId: "somebody-else" })];
    const answers = [];
    for (const [body, which] of [
      [foreign, callId],
      [foreign, unknownCall],
      [connected, unknownCall],
      [connected, "no-call-id"],
    ] as const) {
      await refused(() => reports(bearer, body, which), 404);
      answers.push(await (await reports(bearer, body, which)).text());
    }
    expect(new Set(answers).size).toBe(1);
  });
});

describe("W7: while the issuer's keys cannot be had", () => {
  test("nobody is let in who was not known, and whoever asks is told to try again", async () => {
    issuer.status = 503;
    await refused(async () => reports(await token()), 503);
    issuer.status = 200;
    expect(await status(reports(await token()))).toBe(200);
  });

  test("keys that are known go on counting, and are asked for again in the background", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const keys = keysAt(`${issuer.url}/calling/keys`);
    const verify = verifier({ issuer: issuer.url, audience: [resourceId], keys }, office.services.now);
    expect(await verify(await token())).toBeDefined();
    issuer.status = 503;
    const known = await token();
    for (let hour = 0; hour < 23; hour++) {
      vi.setSystemTime(Date.now() + 3_600_000);
      expect(await verify(known)).toBeDefined();
    }
    vi.setSystemTime(Date.now() + 3 * 3_600_000);
    await expect(verify(known)).rejects.toThrow();
    expect(issuer.asked).toBeGreaterThan(1);
  });
});

describe("W9: a body that is no callback", () => {
  const deep = (depth: number, open: string, close: string) => open.repeat(depth) + close.repeat(depth);
  const text = (events: unknown) => JSON.stringify(events);

  test.each([
    ["is no JSON", "[{", 400],
    ["is no list", text(connected[0]), 400],
    ["is a list of nothing", "[]", 400],
    ["holds no events", text([1, null, "x", [], {}]), 400],
    ["says NaN", text(connected).replace("connection-1", "x").replace('"x"', "NaN"), 400],
    ["has a code that is text", text([event("CallConnected", { resultInformation: { code: "NaN" } })]), 400],
    ["lacks its data", text([{ id: "1", type: "Microsoft.Communication.CallConnected" }]), 400],
    ["inherits its data", `[{"id":"1","type":"Microsoft.Communication.CallConnected","__proto__":${text(connected[0])}}]`, 400],
    ["is ten thousand lists deep", deep(10_000, "[", "]"), 400],
    ["has data ten thousand deep", `[{"id":"1","type":"Microsoft.Communication.X","data":${deep(10_000, '{"a":', "")}`, 400],
    ["has more events than the service ever sends", text(Array.from({ length: 101 }, () => connected[0])), 400],
    ["has ten thousand events", text(Array.from({ length: 10_000 }, () => connected[0])), 413],
    ["has five megabytes", text([{ ...connected[0], padding: "x".repeat(5 * 1_048_576) }]), 413],
    [
      "is an Event Grid handshake",
      text([{ id: "1", eventType: "Microsoft.EventGrid.SubscriptionValidationEvent", data: {} }]),
      400,
    ],
  ])("that %s is refused and changes nothing", async (_what, body, expected) => {
    const bearer = await token();
    expect(await status(reports(bearer, body))).toBe(expected);
    expect(await callStatus()).toBe("ringing");
    expect(({} as Record<string, unknown>).callConnectionId).toBeUndefined();
    expect(await status(reports(bearer))).toBe(200);
  });

  test("a name given twice counts once, as its last value", async () => {
    const twice = text(connected).replace('"data":', '"type":"Microsoft.Communication.PlayStarted","data":');
    expect(await status(reports(await token(), twice))).toBe(200);
    expect(await callStatus()).toBe("ringing");
  });

  test("an unknown name is no way into the record", async () => {
    const [body] = connected;
    const data = { ...body?.data, status: "ended", call_id: unknownCall, phone_number: "+33600000000" };
    const before = await office.services.store.get(callId);
    expect(await status(reports(await token(), [{ ...body, type: "Microsoft.Communication.PlayStarted", data }]))).toBe(200);
    expect(await office.services.store.get(callId)).toEqual({ ...before, connection_id: connection });
  });

  test("the good events of a mixed batch are taken, the others counted", async () => {
    office.done.logged.length = 0;
    const batch = [{ broken: true }, connected[0], event("CallDisconnected", { callConnectionId: "somebody-else" }), 7];
    expect(await status(reports(await token(), batch))).toBe(200);
    expect(await callStatus()).toBe("connected");
    expect(office.done.logged).toContainEqual([{ foreign: 1, unreadable: 2 }, "callback events were passed over"]);
  });
});

describe("an incoming call", () => {
  const ring = (more: Record<string, unknown> = {}) => ({
    id: "event-1",
    type: "Microsoft.Communication.IncomingCall",
    time: office.services.now().toISOString(),
    data: {
      to: { phoneNumber: { value: "+33199002737" } },
      from: { phoneNumber: { value: "+33612345678" } },
      incomingCallContext: "context-1",
    },
    ...more,
  });

  test("W10, W11: posted to us instead of queued is answered by nobody, and no address in it is ever visited", async () => {
    const trap = await place(async () => []);
    const handshake = {
      id: "1",
      eventType: "Microsoft.EventGrid.SubscriptionValidationEvent",
      data: { validationCode: "1", validationUrl: `${trap.url}/latest/meta-data` },
    };
    for (const body of [[ring()], [handshake]]) {
      await refused(() => reports(undefined, body), 401);
      expect(await status(reports(await token(), body))).toBe(400);
    }
    expect([office.done.answered, trap.asked]).toEqual([[], 0]);
  });

  test("W12, W13: of another resource, or from before an outage, is not answered", async () => {
    const ours = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Communication/CommunicationServices/ours";
    const services = { ...office.services, settings: { ...office.services.settings, COMMUNICATION_ACCOUNT_ID: ours } };
    await incomingCall(services, ring({ source: `${ours}-too` }));
    expect(await office.services.store.latestFor("+33612345678")).toBeUndefined();
    const stale = ring({ source: ours });
    office.clock.nowMs += staleAfterMs + 1;
    await incomingCall(services, stale);
    expect(office.done.answered).toEqual([]);
    expect(await office.services.store.latestFor("+33612345678")).toMatchObject({ ended_reason: "missed" });
  });
});
