/** How many calls one person may begin, in the office: each refusal says what, how much is allowed, and when again. */
import { beforeEach, describe, expect, test } from "vitest";
import { documentedBody, type Office, openOffice } from "./office.ts";

let office: Office;
beforeEach(async () => {
  office = await openOffice({ environment: { DIALLED_PER_HOUR: "2" } });
});

const bearer = async (id: string) => ({ authorization: `Bearer ${await office.staffToken("supervisor", { id })}` });
const minutesPass = (minutes: number): void => {
  office.clock.nowMs += minutes * 60_000;
};

describe("dialling", () => {
  const dials = async (id = "person-1", headers: Record<string, string> = {}, body: object = documentedBody) =>
    office.request(undefined, "POST", "/call", body, { ...(await bearer(id)), ...headers });

  test("goes on until the hour's calls are placed, and again as the first of them is an hour old", async () => {
    expect((await dials()).status).toBe(201);
    minutesPass(10);
    expect((await dials()).status).toBe(201);
    minutesPass(20);
    const refused = await dials();
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "1800"]);
    expect(await refused.json()).toEqual({
      error: {
        message: "You have placed 2 calls in an hour, and no more are allowed; nobody was rung.",
        details: [
          "Place the next one at 10:00:00 UTC, in 30 min.",
          "Allow more with phone.dialledPerHour in the stack's settings, then deploy.",
        ],
      },
    });
    expect(office.done.dialled).toHaveLength(2);
    minutesPass(30);
    expect((await dials()).status).toBe(201);
    expect((await dials()).status).toBe(429);
  });

  test("is counted by person", async () => {
    await dials();
    await dials();
    expect([(await dials()).status, (await dials("person-2")).status]).toEqual([429, 201]);
  });

  test("at once never takes more than there are", async () => {
    const statuses = (await Promise.all(Array.from({ length: 5 }, () => dials()))).map(({ status }) => status);
    expect(statuses.toSorted()).toEqual([201, 201, 429, 429, 429]);
  });

  test("takes none for what is refused or sent again", async () => {
    const key = { "idempotency-key": "5f0c1c1e-0b1a-4b61-8c3e-2f2d5a0f9c11" };
    for (let each = 0; each < 3; each++) expect((await dials("person-1", key)).status).toBe(201);
    expect((await dials("person-1", {}, { ...documentedBody, phone_number: "+442079460000" })).status).toBe(403);
    expect((await dials()).status).toBe(201);
    expect((await dials()).status).toBe(429);
  });
});

describe("the phone in a browser", () => {
  const calls = async (id = "person-1") =>
    office.request(undefined, "POST", "/phone/calls", "v=0\r\n", { ...(await bearer(id)), "content-type": "application/sdp" });
  const callId = (opened: Response): string => opened.headers.get("location")?.split("/").at(-1) ?? "";
  const ends = (opened: Response) => office.services.store.change(callId(opened), (call) => ({ ...call, status: "ended" }));

  test("has two calls at once, and another one when one of them has ended", async () => {
    const first = await calls();
    expect([first.status, (await calls()).status]).toEqual([201, 201]);
    const refused = await calls();
    expect(refused.status).toBe(429);
    expect(await refused.json()).toMatchObject({
      error: {
        message: "You have 2 calls in progress, and no more are allowed at once.",
        details: ["End one of them, then call again."],
      },
    });
    expect((await calls("person-2")).status).toBe(201);
    await ends(first);
    expect((await calls()).status).toBe(201);
  });

  test("opens no more than two, however many are asked for in the same moment", async () => {
    const statuses = (await Promise.all(Array.from({ length: 4 }, () => calls()))).map(({ status }) => status);
    expect(statuses.toSorted()).toEqual([201, 201, 429, 429]);
  });

  test("is not held up by calls that did not come about", async () => {
    office.broken.add("models");
    expect([(await calls()).status, (await calls()).status]).toEqual([503, 503]);
    office.broken.delete("models");
    expect((await calls()).status).toBe(201);
  });

  test("opens twenty in an hour, and says when the next one may be", async () => {
    for (let each = 0; each < 20; each++) {
      await ends(await calls());
      minutesPass(1);
    }
    const refused = await calls();
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "2400"]);
    expect(await refused.json()).toMatchObject({
      error: {
        message: "You have opened 20 calls in an hour, and no more are allowed.",
        details: ["Call again at 10:00:00 UTC, in 40 min."],
      },
    });
    minutesPass(40);
    expect((await calls()).status).toBe(201);
  });
});
