import { expect, test } from "vitest";
import { ownAddress } from "./own-address.ts";

test("a container app is found under its name before its environment's suffix, not under a revision's", () => {
  const environment = {
    CONTAINER_APP_NAME: "ca-bridge",
    CONTAINER_APP_ENV_DNS_SUFFIX: "happy-sea.westeurope.azurecontainerapps.io",
    CONTAINER_APP_HOSTNAME: "ca-bridge--r1.happy-sea.westeurope.azurecontainerapps.io",
  };
  expect(ownAddress(environment)).toBe("https://ca-bridge.happy-sea.westeurope.azurecontainerapps.io");
});

test("an App Service is found under its host name", () => {
  expect(ownAddress({ WEBSITE_HOSTNAME: "app-bridge.azurewebsites.net" })).toBe("https://app-bridge.azurewebsites.net");
});

test("an address given by hand counts before both", () => {
  expect(ownAddress({ BRIDGE_URL: "http://localhost:4711/", WEBSITE_HOSTNAME: "x" })).toBe("http://localhost:4711");
});

test("without any of them the address is not known", () => {
  expect(ownAddress({ CONTAINER_APP_NAME: "ca-bridge" })).toBeUndefined();
});
