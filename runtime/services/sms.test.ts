import { expect, test } from "vitest";
import { NotDiallable } from "./call-automation.ts";
import { openSms } from "./sms.ts";

test("nobody is written to outside of the countries that the stack opens, whatever number a caller showed", async () => {
  const asked: unknown[] = [];
  const getToken = async (scope: string | string[]) => {
    asked.push(scope);
    throw new Error("The service is not asked in this test.");
  };
  const settings = {
    COMMUNICATION_ENDPOINT: "https://communication.invalid",
    PHONE_NUMBER: "+33199002737",
    DIALLABLE_COUNTRIES: "FR",
  };
  const { send } = openSms(settings, { getToken });
  for (const closed of ["+12025550123", "+88213300000", "anonymous"])
    await expect(send(closed, "hello")).rejects.toThrow(NotDiallable);
  expect(asked).toEqual([]);
  await expect(send("+33612345678", "hello")).rejects.not.toThrow(NotDiallable);
  expect(asked).not.toEqual([]);
});
