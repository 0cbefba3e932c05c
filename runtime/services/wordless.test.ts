import { expect, test } from "vitest";
import { failingWordless, wordless } from "./wordless.ts";

const refusal = () =>
  Object.assign(new TypeError("To +33612345678:\n    at the house of Ada Martin, nothing was sent"), { statusCode: 400 });

test("what a service said about a person stays out, its kind, its status and where it happened stay in", () => {
  const told = wordless(refusal());
  expect(told.message).toBe("TypeError, status 400");
  expect(told.stack).toMatch(/^Error: TypeError, status 400\n {4}at .*wordless\.test\.ts/);
  expect(`${told.stack}${JSON.stringify(told)}${String(told.cause)}`).not.toMatch(/336|Ada/);
});

test("whatever is thrown can be told", () => {
  expect(wordless("Ada").message).toBe("Error");
  expect(wordless(undefined).message).toBe("Error");
});

test("work that fails still fails, without words", async () => {
  const work = failingWordless(async (_message: string) => {
    throw refusal();
  });
  await expect(work("hello")).rejects.toThrow(/^TypeError, status 400$/);
  await expect(failingWordless(async (_message: string) => undefined)("hello")).resolves.toBeUndefined();
});
