import { createRedisServer } from "js-redis-server";
import { expect, test } from "vitest";
import { findRedisServer, remoteEngine } from "./engine.ts";

test("a server elsewhere is reached by its address, with its own credentials", async () => {
  const server = await createRedisServer();
  const engine = remoteEngine(`redis://some%40one:secret@127.0.0.1:${server.port}/0`);
  expect(engine.credentials).toEqual({ username: "some@one", password: "secret" });
  const socket = engine.connect();
  socket.write("PING\r\n");
  const answer = await new Promise((resolve) => socket.once("data", (bytes) => resolve(String(bytes))));
  expect(answer).toBe("+PONG\r\n");
  socket.destroy();
  await server.close();
});

test("an address that cannot stand for Azure's one database is refused", () => {
  expect(() => remoteEngine("redis://localhost:6379/3")).toThrow("has only number 0");
  expect(() => remoteEngine("http://localhost:6379")).toThrow("redis:// or rediss://");
});

test("no redis-server is found where there is none", async () => {
  expect(await findRedisServer("")).toBeUndefined();
  expect(await findRedisServer("/nowhere/at/all")).toBeUndefined();
});
