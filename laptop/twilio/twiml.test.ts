import { describe, expect, test } from "vitest";
import { readTwiml, TwimlFault } from "./twiml.ts";

describe("a document of verbs", () => {
  test("is read in order, with what is inside", () => {
    const verbs = readTwiml(
      `<?xml version="1.0" encoding="UTF-8"?><!-- a call --><Response><Say language='fr-FR'>Bonjour &amp; bienvenue &#233;</Say>
       <Connect><Stream url="wss://a/b"><Parameter name="nonce" value="&lt;x&gt;"/></Stream></Connect><Hangup/></Response>`,
    );
    expect(verbs.map((each) => each.name)).toEqual(["Say", "Connect", "Hangup"]);
    expect(verbs[0]).toMatchObject({ attributes: { language: "fr-FR" }, text: "Bonjour & bienvenue é" });
    expect(verbs[1]?.children[0]).toMatchObject({
      name: "Stream",
      attributes: { url: "wss://a/b" },
      children: [{ name: "Parameter", attributes: { name: "nonce", value: "<x>" } }],
    });
  });

  test.each([
    ["", "the document must be one Response, closed"],
    ["hello", "there is text outside the document"],
    ["<Response>", "the document must be one Response, closed"],
    ["<Response></Say></Response>", "</Say> closes nothing"],
    ["<Say>Hello</Say>", "the document must be one Response, closed"],
    ["<Response/><Response/>", "there is more than one document"],
    ["<Response><Gather/></Response>", "<Gather> in <Response> is not known here"],
    ["<Response><Stream/></Response>", "<Stream> in <Response> is not known here"],
    ["<Response><Say>a & b</Say></Response>", "a bare & must be written &amp;"],
    ["<Response><Say>&eacute;</Say></Response>", "&eacute; is not an entity of XML"],
    ["<Response><Say a=b>x</Say></Response>", "a tag could not be read"],
  ])("%j is refused: %s", (document, fault) => {
    expect(() => readTwiml(document)).toThrow(new TwimlFault(fault));
  });
});
