/** The peer: a relay as plain as the `ws` library makes one, a model's socket for each phone's, every message handed on as it is. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocket, WebSocketServer } from "ws";

const target = process.argv[2];
const server = createServer();
const sockets = new WebSocketServer({ server, perMessageDeflate: false });

sockets.on("connection", (phone) => {
  const model = new WebSocket(`${target}/relay`, { perMessageDeflate: false });
  const early: Buffer[] = [];
  phone.on("message", (data: Buffer) => {
    if (model.readyState === WebSocket.OPEN) model.send(data, { binary: false });
    else early.push(data);
  });
  model.on("open", () => {
    for (const data of early.splice(0)) model.send(data, { binary: false });
  });
  model.on("message", (data: Buffer) => phone.send(data, { binary: false }));
  phone.on("close", () => model.close());
  model.on("close", () => phone.close());
});

server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));

process.on("disconnect", () => process.exit());
