import { createHash, createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { isSignedByTwilio } from "./twilio-signature.ts";

/** The example in Twilio's documentation of webhook security. */
const published = {
  token: "12345",
  url: "https://mycompany.com/myapp.php?foo=1&bar=2",
  body: new URLSearchParams({
    CallSid: "CA1234567890ABCDE",
    Caller: "+14158675310",
    Digits: "1234",
    From: "+14158675310",
    To: "+18005551212",
  }).toString(),
  signature: "GvWf1cFY/Q7PnoempGyD5oXAezc=",
};

const sign = (text: string, token = "token"): string => createHmac("sha1", token).update(text).digest("base64");

describe("a request is Twilio's", () => {
  test("when it is signed as its documentation shows", () => {
    expect(isSignedByTwilio(published, published.token)).toBe(true);
  });

  test("whatever order its fields come in, and each value of a repeated one once", () => {
    const url = "https://app.example/twilio/voice";
    const signature = sign(`${url}A1B2B3`);
    for (const body of ["A=1&B=2&B=3", "B=3&A=1&B=2", "B=3&B=2&A=1&B=3"])
      expect(isSignedByTwilio({ url, signature, body }, "token")).toBe(true);
  });

  test("with letters of any script in its fields", () => {
    const url = "https://app.example/twilio/sms";
    const signature = sign(`${url}BodyÀ bientôt 你好 + 1`);
    const body = new URLSearchParams({ Body: "À bientôt 你好 + 1" }).toString();
    expect(isSignedByTwilio({ url, signature, body }, "token")).toBe(true);
  });

  test("whether it signed the scheme's own port or none", () => {
    for (const [told, signed] of [
      ["https://app.example/x?y=1", "https://app.example:443/x?y=1"],
      ["https://app.example:443/x", "https://app.example/x"],
      ["wss://bridge.example/twilio/media/1", "wss://bridge.example:443/twilio/media/1"],
      ["http://app.example", "http://app.example:80"],
    ] as const)
      expect(isSignedByTwilio({ url: told, signature: sign(signed) }, "token")).toBe(true);
  });

  test("when its body is no form and the signed address has the body's digest", () => {
    const body = '{"CallSid":"CA1"}';
    const url = `https://app.example/x?bodySHA256=${createHash("sha256").update(body).digest("hex")}`;
    const signature = sign(url);
    expect(isSignedByTwilio({ url, signature, body }, "token")).toBe(true);
    expect(isSignedByTwilio({ url, signature, body: '{"CallSid":"CA2"}' }, "token")).toBe(false);
  });
});

describe("a request is not Twilio's", () => {
  test.each([
    ["with no signature", { signature: undefined }],
    ["with an empty one", { signature: "" }],
    ["with another's", { signature: sign("something") }],
    ["with one that is longer", { signature: `${published.signature}A` }],
    ["for another host", { url: published.url.replace("mycompany", "theircompany") }],
    ["for another path", { url: published.url.replace("myapp", "yourapp") }],
    ["for another query", { url: published.url.replace("foo=1", "foo=2") }],
    ["for another port", { url: published.url.replace(".com/", ".com:8443/") }],
    ["for plain http", { url: published.url.replace("https", "http") }],
    ["with a field changed", { body: published.body.replace("1234", "1235") }],
    ["with a field left out", { body: published.body.replace("Digits=1234&", "") }],
    ["with a field added", { body: `${published.body}&Direction=inbound` }],
  ])("%s", (_why, changed) => {
    expect(isSignedByTwilio({ ...published, ...changed }, published.token)).toBe(false);
  });

  test("when another account's token signed it", () => {
    expect(isSignedByTwilio(published, "54321")).toBe(false);
  });
});
