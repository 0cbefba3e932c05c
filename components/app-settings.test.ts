import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { appSettings, checkedSetting } from "./app-settings.ts";
import type { Link } from "./link.ts";

const phoneNumber = z.string().regex(/^\+\d+$/, "a plus and digits");
const schema = z.object({ COSMOS_ENDPOINT: z.url(), PHONE_NUMBER: phoneNumber, TRACES: z.string().optional() });
const cosmos: Link = { name: "cosmos", settings: { COSMOS_ENDPOINT: pulumi.output("https://cosmos.example") }, grants: [] };

describe("the settings of an app", () => {
  test("are what its links and values provide, without what is optional and not provided", () => {
    const settings = appSettings("functions", schema, [cosmos], { PHONE_NUMBER: "+33199002737" });
    expect(Object.keys(settings).sort()).toEqual(["COSMOS_ENDPOINT", "PHONE_NUMBER"]);
  });

  test("are refused, every fault at once, when one is missing, one is unknown and one comes twice", () => {
    const misspelt: Link = { name: "search", settings: { SEARCH_ENDPIONT: "https://search.example" }, grants: [] };
    expect(() => appSettings("functions", schema, [cosmos, cosmos, misspelt], {})).toThrow(
      'The settings of "functions" are not what its code demands: link "cosmos" provides COSMOS_ENDPOINT a second time; ' +
        'link "search" provides SEARCH_ENDPIONT, which runtime/settings.ts does not know; no link or value provides PHONE_NUMBER.',
    );
  });

  test("of the wrong form fail the deployment without showing the value", () => {
    const read = () => checkedSetting("functions", "PHONE_NUMBER", phoneNumber, "0199002737");
    expect(read).toThrow(
      'The setting PHONE_NUMBER of "functions" has the wrong form: a plus and digits. See runtime/settings.ts.',
    );
  });
});
