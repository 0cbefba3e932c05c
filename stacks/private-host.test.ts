import { expect, test } from "vitest";
import { hostOf, isPrivate } from "./private-host.ts";

test.each([
  "https://10.1.2.3/",
  "https://127.1/",
  "https://2130706433/",
  "https://169.254.169.254/metadata",
  "https://172.31.0.1/",
  "https://192.168.1.10:8443/",
  "https://100.64.0.1/",
  "https://[::1]/",
  "https://[fd00::1]/",
  "https://[fe80::1]/",
  "https://[::ffff:10.0.0.1]/",
  "https://[2001:db8::1]/",
  "https://168.63.129.16/",
  "https://localhost/",
  "https://crm/",
  "https://crm.intranet/",
  "https://crm.corp./",
  "https://printer.home.arpa/",
])("%s lies inside a network", (address) => {
  expect(isPrivate(address)).toBe(true);
});

test.each([
  "https://example.com/",
  "https://hooks.contoso.example:8443/calls",
  "https://172.32.0.1/",
  "https://9.9.9.9/",
  "https://[2606:4700::1111]/",
  "https://local.example.com/",
  "https://mycorp.com/",
])("%s lies on the internet", (address) => {
  expect(isPrivate(address)).toBe(false);
});

test("a listed host is written as an address shows it", () => {
  expect(["crm.intranet:443", "crm.intranet:8443", "[FD00::1]"].map(hostOf)).toEqual([
    "crm.intranet",
    "crm.intranet:8443",
    "[fd00::1]",
  ]);
});
