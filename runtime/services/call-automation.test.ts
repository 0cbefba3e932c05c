import { expect, test } from "vitest";
import { NotDiallable, openCallAutomation } from "./call-automation.ts";

function opened(diallable: string) {
  const asked: string[] = [];
  const automation = openCallAutomation(
    {
      COMMUNICATION_ENDPOINT: "https://communication.example",
      BLOB_ENDPOINT: "https://blobs.example",
      RECORDINGS_CONTAINER: "recordings",
      DIALLABLE_COUNTRIES: diallable,
      PHONE_NUMBER: "+33199002737",
    },
    {
      getToken: () => {
        asked.push("token");
        return Promise.reject(new Error("the service would be asked"));
      },
    },
  );
  return { automation, asked };
}
const addresses = { callbackUrl: "https://app.example/acs/callback/1", mediaUrl: "wss://bridge.example/media/1" };

test.each([
  ["another country", "+442079460000"],
  ["a country that shares an open one's calling code", "+18765550123"],
  ["a satellite", "+881612345678"],
  ["no number at all", "sip:+33612345678@example.com"],
])("nobody is rung, and the service not even asked, for %s", async (_what, number) => {
  const { automation, asked } = opened("FR,US");
  await expect(automation.createCall({ to: number, from: "+33199002737", ...addresses })).rejects.toThrow(NotDiallable);
  await expect(automation.transfer("connection-1", number)).rejects.toThrow(NotDiallable);
  await expect(automation.invite("connection-1", number)).rejects.toThrow(NotDiallable);
  expect(asked).toEqual([]);
});

test("an empty list opens no country, and a listed one is rung", async () => {
  await expect(opened("").automation.transfer("connection-1", "+33612345678")).rejects.toThrow(NotDiallable);
  await expect(opened("FR").automation.transfer("connection-1", "+33612345678")).rejects.toThrow("the service would be asked");
});
