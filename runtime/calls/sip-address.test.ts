import { describe, expect, test } from "vitest";
import { calledIn, callerIn, withheld } from "./sip-address.ts";

const from = (value: string) => callerIn([{ name: "From", value }]);
const to = (value: string) => calledIn([{ name: "To", value }]);

describe("the caller's number", () => {
  test("is read from whatever form a trunk gives the address", () => {
    for (const address of [
      "<sip:+33612345678@trunk.example>",
      '"Ada; <of> Contoso" <sip:+33612345678@trunk.example;user=phone>;tag=a1',
      "sip:+33612345678@trunk.example",
      "<sips:+33-6-12-34-56-78@trunk.example:5061>;tag=a1",
      "<tel:+33612345678;phone-context=example.com>",
      "<tel:+33612345678>",
    ])
      expect(from(address), address).toBe("+33612345678");
  });

  test("counts as withheld when it is, when it is national, and when it is no number", () => {
    for (const address of [
      '"Anonymous" <sip:anonymous@anonymous.invalid>',
      "<sip:0612345678@trunk.example>",
      "<sip:4155550123@trunk.example>",
      "<sip:+1@trunk.example>",
      "<sip:ada@trunk.example>",
      "",
    ])
      expect(from(address), address).toBe(withheld);
    expect(callerIn([])).toBe(withheld);
  });

  test("is not taken from a caller who asks to hide it", () => {
    const shown = { name: "From", value: "<sip:+33612345678@trunk.example>" };
    expect(callerIn([shown, { name: "Privacy", value: "id;critical" }])).toBe(withheld);
    expect(callerIn([shown, { name: "privacy", value: "none" }])).toBe("+33612345678");
  });

  test("is not taken from a name that looks like one", () => {
    expect(from('"sip:+33600000000@x" <sip:anonymous@anonymous.invalid>')).toBe(withheld);
    expect(from('"tel:+33600000000" <sip:+33612345678@trunk.example>')).toBe("+33612345678");
  });
});

describe("the number that was dialled", () => {
  test("is the first that To, P-Called-Party-ID or Diversion holds", () => {
    expect(to("<sip:+33199002737@sip.ai.example>")).toBe("+33199002737");
    expect(to("<sip:proj_0123456789@sip.ai.example;transport=tls>")).toBeUndefined();
    expect(
      calledIn([
        { name: "To", value: "<sip:proj_0123456789@sip.ai.example>" },
        { name: "P-Called-Party-ID", value: "<sip:+33199002737@trunk.example>" },
      ]),
    ).toBe("+33199002737");
  });
});
