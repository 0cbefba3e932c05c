import { beforeEach, expect, test } from "vitest";
import type { Call } from "../../runtime/calls/call.ts";
import { documentedBody, type Office, openOffice } from "./office.ts";

let office: Office;
let call: Call;
beforeEach(async () => {
  office = await openOffice();
  call = (await (await office.request("supervisor", "POST", "/call", documentedBody)).json()) as Call;
});

const page = async (path: string): Promise<string> => (await office.request("viewer", "GET", path)).text();

test("a call's page shows every field of its claim, reminders by due date, what comes next and what was said", async () => {
  const reminder = { created_at: call.created_at, description: "Ring back", owner: "support" };
  await office.services.store.change(call.call_id, (record) => ({
    ...record,
    claim: { hardware_info: "A laptop <script>alert(1)</script>", policyholder_name: "Ada" },
    reminders: [
      { ...reminder, title: "Later", due_date_time: "2026-12-24T09:00:00Z" },
      { ...reminder, title: "Sooner", due_date_time: "2026-12-01T09:00:00Z" },
    ],
    synthesis: {
      long: "The screen is broken.",
      short: "the broken screen",
      satisfaction: "partial",
      improvement_suggestions: "Be quicker.",
    },
    next: { action: "requires_expertise", justification: "Nobody knows." },
    recording_id: "recording-1",
  }));
  await office.services.store.append(call.call_id, {
    id: "1",
    created_at: call.created_at,
    persona: "human",
    action: "talk",
    content: "It flickers.",
    style: "none",
    tool_calls: [],
  });
  const html = await page(`/report/${call.call_id}`);
  for (const shown of [
    "hardware info",
    "first seen",
    "building location",
    "policyholder email",
    "policyholder phone",
    "not given",
    "A laptop &lt;script&gt;",
    "Ada said",
    "It flickers.",
    "partial",
    "Nobody knows.",
    `/report/${call.call_id}/recording`,
  ])
    expect(html).toContain(shown);
  expect(html.indexOf("Sooner")).toBeLessThan(html.indexOf("Later"));
  expect(html).toMatch(/class="chosen"[^>]*>requires expertise/);
});

test("a number leads to its latest call", async () => {
  expect(await page("/report/+11234567890")).toContain(call.call_id);
});

test("the list links calls by id, and no address or title on it holds a number", async () => {
  const html = await page("/report");
  expect(html).toContain(`href="/report/${call.call_id}"`);
  const addresses = [...html.matchAll(/(?:href|action|src)="([^"]*)"|<title>([^<]*)/g)].map((each) => each[1] ?? each[2]);
  expect(addresses.filter((each) => /\d{7}/.test((each ?? "").replace(call.call_id, "")))).toEqual([]);
});

test("a search is posted, finds the number's calls, and says what is wrong with one that is none", async () => {
  const search = async (phone: string) =>
    (
      await office.request("viewer", "POST", "/report", `phone_number=${encodeURIComponent(phone)}`, {
        "content-type": "application/x-www-form-urlencoded",
      })
    ).text();
  expect(await search("+1 123 456 7890")).toContain(call.call_id);
  expect(await search("+33612345678")).toContain("No calls with this number");
  expect(await search("Amélie")).toContain("must be a possible phone number");
});

test("older calls are a button away", async () => {
  for (let each = 0; each < 21; each++) {
    office.clock.nowMs += 1_000;
    await office.request("supervisor", "POST", "/call", documentedBody);
  }
  const html = await page("/report");
  const continuation = /name="continuation" value="([^"]+)"/.exec(html)?.[1];
  const older = await office.request("viewer", "POST", "/report", `phone_number=&continuation=${continuation}`, {
    "content-type": "application/x-www-form-urlencoded",
  });
  expect(html).not.toContain(call.call_id);
  expect(await older.text()).toContain(call.call_id);
});

test.each(["/report", "/chat"])("%s runs only its own script and style, and asks no other host for anything", async (path) => {
  const response = await office.request("viewer", "GET", path);
  const html = await response.text();
  const nonce = /'nonce-([^']+)'/.exec(response.headers.get("content-security-policy") ?? "")?.[1];
  expect(nonce).toBeTruthy();
  for (const tag of html.match(/<(?:script|style)[^>]*>/g) ?? []) expect(tag).toContain(`nonce="${nonce}"`);
  expect(html).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
  expect(html).not.toMatch(/\son\w+=/);
});

test("the chat page's script is whole: it is the text of one function that a browser can read", async () => {
  const script = /<script[^>]*>([\s\S]*)<\/script>/.exec(await page("/chat"))?.[1] ?? "";
  expect(() => new Function(script)).not.toThrow();
  expect(script).toContain("RTCPeerConnection");
  expect(script).not.toMatch(/&(?:lt|gt|amp|quot);/);
});

test("someone who is not signed in is led to sign in and back", async () => {
  const response = await office.request(undefined, "GET", `/report/${call.call_id}`);
  expect(response.headers.get("location")).toBe(`/sign-in?back=${encodeURIComponent(`/report/${call.call_id}`)}`);
});

test("health says what answers and what does not", async () => {
  expect(await (await office.request(undefined, "GET", "/health/liveness")).json()).toBeNull();
  const ready = await office.request(undefined, "GET", "/health/readiness");
  expect(await ready.json()).toEqual({
    status: "ok",
    checks: [
      { id: "startup", status: "ok" },
      { id: "store", status: "ok" },
      { id: "flags", status: "ok" },
    ],
  });
});
