import { expect, test } from "vitest";
import { isPublicIp } from "./public-ip.ts";

test("only what is handed out of the internet's addresses counts as public", () => {
  expect(["8.8.8.8", "2606:4700::1111"].filter(isPublicIp)).toHaveLength(2);
  expect(
    [
      "172.16.0.1",
      "192.0.2.1",
      "168.63.129.16",
      "224.0.0.1",
      "255.255.255.255",
      "fe80::1",
      "2002:7f00:1::",
      "64:ff9b::7f00:1",
      "::",
      "x",
    ].filter(isPublicIp),
  ).toEqual([]);
});
