import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { expect, test } from "vitest";
import type { Call } from "../calls/call.ts";
import { processClock } from "./clock.ts";
import { MediaUpgrades } from "./media-upgrades.ts";

test("a socket that is sent away after it was opened, and breaks the protocol then, ends no process", async () => {
  const uncaught: unknown[] = [];
  const catches = (error: unknown) => void uncaught.push(error);
  const given = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException").on("uncaughtException", catches);
  const upgrades = new MediaUpgrades({
    routes: [
      {
        path: /^\/media\/(?<callId>\w+)$/,
        admit: async () => ({ call: {} as Call, resumed: false, opening: "" }),
        telephone: () => expect.fail("nobody takes the call"),
      },
    ],
    reserve: () => () => undefined,
    prepare: async () => () => false,
    clock: processClock,
    log: { warn: () => undefined, error: () => undefined },
  });
  const server = createServer().on("upgrade", (request, socket, head) => upgrades.upgrade(request, socket, head));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const phone = connect((server.address() as AddressInfo).port, "127.0.0.1").resume();
  const upgrade = [
    "GET /media/call HTTP/1.1",
    "Host: bridge",
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
  ];
  // The frame that follows at once has bits set that no frame may have.
  phone.write(Buffer.concat([Buffer.from(`${upgrade.join("\r\n")}\r\n\r\n`), Buffer.from([0xff, 0xff])]));
  await once(phone, "close");
  server.close();
  process.removeAllListeners("uncaughtException");
  for (const each of given) process.on("uncaughtException", each);
  expect(uncaught).toEqual([]);
});
