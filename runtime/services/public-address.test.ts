import { expect, test } from "vitest";
import { addressFault, guardedLookup } from "./public-address.ts";

test.each([
  "http://example.com/hook",
  "file:///etc/passwd",
  "gopher://example.com/",
  "https://user@example.com/",
  "https://ok.example.com:secret@evil.example/",
  "https://169.254.169.254/metadata",
  "https://2130706433/",
  "https://0x7f.1/",
  "https://[::ffff:127.0.0.1]/",
  "https://[::1]/",
  "https://[fd00::1]/",
  "https://localhost/",
  "https://app.localhost/",
  "https://intranet/",
  "https://10.1.2.3/",
  "https://100.64.1.1/",
  "nonsense",
])("%s is refused where it is set, with what to do", (address) => {
  expect(addressFault(address, "")).toMatch(/^must /);
});

test("public hosts are taken, and private ones only where the stack opens exactly them", () => {
  expect(addressFault("https://example.com/hook?x=1", "")).toBeUndefined();
  expect(addressFault("https://8.8.8.8/", "")).toBeUndefined();
  expect(addressFault("https://10.1.2.3:8443/", "10.1.2.3:8443")).toBeUndefined();
  expect(addressFault("https://10.1.2.3:8444/", "10.1.2.3:8443")).toMatch(/webhooks.privateHosts/);
  expect(addressFault("https://payments.internal.example/", "other.internal.example,payments.internal.example")).toBeUndefined();
});

const resolving =
  (...addresses: string[]) =>
  (...[, , done]: Parameters<ReturnType<typeof guardedLookup>>) =>
    (done as unknown as (error: null, found: object[]) => void)(
      null,
      addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
    );

function found(address: string, privateHosts: string, ...resolved: string[]): Promise<unknown> {
  const lookup = guardedLookup(address, privateHosts, resolving(...resolved) as never);
  return new Promise((resolve) =>
    lookup(new URL(address).hostname, { all: true }, (error, all) => resolve(error?.message ?? all)),
  );
}

test("a public name that resolves to a private address is not connected to, whichever answer it hides behind", async () => {
  expect(await found("https://rebound.example/", "", "127.0.0.1")).toMatch(/not public/);
  expect(await found("https://rebound.example/", "", "::ffff:10.0.0.1")).toMatch(/not public/);
  expect(await found("https://rebound.example/", "", "10.0.0.1", "8.8.8.8")).toEqual([{ address: "8.8.8.8", family: 4 }]);
  expect(await found("https://inside.example/", "inside.example", "10.0.0.1")).toEqual([{ address: "10.0.0.1", family: 4 }]);
});
