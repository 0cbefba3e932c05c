import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type NamedType, nameRules, resourceName } from "./naming.ts";

const dev = { prefix: "switchboard", environment: "dev", stack: "dev" };

test.each<[NamedType, string]>([
  ["Microsoft.Resources/resourceGroups", "rg-switchboard-dev"],
  ["Microsoft.App/containerApps", "ca-switchboard-dev"],
  ["Microsoft.ManagedIdentity/userAssignedIdentities", "id-switchboard-dev"],
])("%s is named %s within its resource group", (type, name) => {
  expect(resourceName(type, dev)).toBe(name);
});

test.each<[NamedType, RegExp]>([
  ["Microsoft.Storage/storageAccounts", /^stswitchboarddev[a-z][a-z0-9]{5}$/],
  ["Microsoft.SignalRService/signalR", /^sigr-switchboard-dev-[a-z][a-z0-9]{5}$/],
  ["Microsoft.Web/sites/functions", /^func-switchboard-dev-[a-z][a-z0-9]{5}$/],
])("%s is unique in Azure by a suffix: %s", (type, name) => {
  expect(resourceName(type, dev)).toMatch(name);
});

test("two stacks of one environment differ where names are global", () => {
  const type = "Microsoft.Storage/storageAccounts";
  expect(resourceName(type, dev)).not.toBe(resourceName(type, { ...dev, stack: "dev-anna" }));
});

test("a shortened name keeps what tells it from another", () => {
  const type = "Microsoft.App/containerApps";
  const part = "a-customer-with-a-rather-long-name";
  const [one, other] = [`${part}-north`, `${part}-south`].map((part) => resourceName(type, { ...dev, part }));
  expect(one).toHaveLength(32);
  expect(one).not.toBe(other);
});

test("a type without a rule is an error that says where rules are", () => {
  expect(() => resourceName("Microsoft.Batch/pools" as NamedType, dev)).toThrow(
    'components/naming.ts has no rule for "Microsoft.Batch/pools"; add its abbreviation, length and characters to nameRules.',
  );
});

test("a part without a letter or digit is an error, not a name with a hole", () => {
  expect(() => resourceName("Microsoft.Web/sites", { ...dev, part: "--" })).toThrow("needs lower case letters or digits");
});

describe("for any parts and every type", () => {
  const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,40}$/);
  const parts = fc.record({ prefix: word, environment: word, stack: word, part: fc.option(word, { nil: undefined }) });
  const given = ({ part, ...names }: { prefix: string; environment: string; stack: string; part: string | undefined }) =>
    part === undefined ? names : { ...names, part };

  test.each(Object.keys(nameRules) as NamedType[])("%s keeps to its length and characters, the same each time", (type) => {
    const { least, most, characters } = nameRules[type];
    fc.assert(
      fc.property(parts, (any) => {
        const name = resourceName(type, given(any));
        expect(name).toBe(resourceName(type, given(any)));
        expect(name.length).toBeGreaterThanOrEqual(least);
        expect(name.length).toBeLessThanOrEqual(most);
        expect(name).toMatch(characters === "plain" ? /^[a-z][a-z0-9]*$/ : /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
      }),
      { numRuns: 50 },
    );
  });
});
