import OpenAI from "openai";
import { describe, expect, test } from "vitest";
import { isSigned } from "./webhook-signature.ts";

const secret = `whsec_${Buffer.from("a secret of twenty-four b").toString("base64")}`;
const body = '{"type":"realtime.call.incoming","data":{"call_id":"rtc_é"}}';

async function signed(atSeconds: number, { id = "wh_1", by = secret, text = body } = {}) {
  const key = await crypto.subtle.importKey(
    "raw",
    Buffer.from(by.replace("whsec_", ""), "base64"),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign"],
  );
  const bytes = await crypto.subtle.sign("HMAC", key, Buffer.from(`${id}.${atSeconds}.${text}`));
  return {
    "webhook-id": id,
    "webhook-timestamp": String(atSeconds),
    "webhook-signature": `v1,${Buffer.from(bytes).toString("base64")}`,
  };
}

const nowSeconds = Math.floor(Date.now() / 1_000);
const accepted = (headers: Record<string, string>, text = body) =>
  isSigned({ body: text, header: (name) => headers[name] }, secret, new Date(nowSeconds * 1_000));

describe("a webhook", () => {
  test("that its sender signed is taken, as the sender's own client takes it", async () => {
    const headers = await signed(nowSeconds);
    expect(accepted(headers)).toBe(true);
    await new OpenAI({ apiKey: "none" }).webhooks.unwrap(body, headers, secret);
  });

  test("is taken under either key while keys are changed", async () => {
    const other = await signed(nowSeconds, { by: `whsec_${Buffer.from("another").toString("base64")}` });
    const own = await signed(nowSeconds);
    const both = { ...own, "webhook-signature": `${other["webhook-signature"]} ${own["webhook-signature"]}` };
    expect(accepted(both)).toBe(true);
    expect(accepted(other)).toBe(false);
  });

  test("of which a byte, the id or the time was changed is not", async () => {
    const headers = await signed(nowSeconds);
    expect(accepted(headers, body.replace("rtc", "rtd"))).toBe(false);
    expect(accepted({ ...headers, "webhook-id": "wh_2" })).toBe(false);
    expect(accepted({ ...headers, "webhook-timestamp": String(nowSeconds - 1) })).toBe(false);
  });

  test("older or newer than five minutes is not, however well signed", async () => {
    expect(accepted(await signed(nowSeconds - 300))).toBe(true);
    expect(accepted(await signed(nowSeconds - 301))).toBe(false);
    expect(accepted(await signed(nowSeconds + 301))).toBe(false);
  });

  test("without a header, or with one that is none, is not", async () => {
    const headers = await signed(nowSeconds);
    for (const name of Object.keys(headers)) {
      const { [name as "webhook-id"]: _, ...rest } = headers;
      expect(accepted(rest)).toBe(false);
    }
    expect(accepted({ ...headers, "webhook-timestamp": "now" })).toBe(false);
    expect(accepted({ ...headers, "webhook-signature": "v1," })).toBe(false);
    expect(accepted({ ...headers, "webhook-signature": headers["webhook-signature"].replace("v1,", "v2,") })).toBe(false);
    expect(accepted({ ...headers, "webhook-signature": `${"v1,x ".repeat(8)}${headers["webhook-signature"]}` })).toBe(false);
  });
});
