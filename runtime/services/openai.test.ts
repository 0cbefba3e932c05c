/** What becomes of a voice session whose answer does not come whole; the rest is tested with the account's stand-in (tests/functions, tests/contract). */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { DeploymentFailure } from "./deployment-health.ts";
import { openModels } from "./openai.ts";

const credential = { getToken: async () => ({ token: "t", expiresOnTimestamp: Date.now() + 3_600_000 }) };
/** Enough for a server of this process to answer the first step. */
const withinMs = 1_000;

test("an answer that does not come whole in time is the deployment's failure, so that another one is asked", async () => {
  const server = createServer((request, response) => {
    if (request.url?.includes("client_secrets")) {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ value: "ek_1", expires_at: 1, session: {} }));
      return;
    }
    response.writeHead(201, { location: "/realtime/calls/rtc_1", "content-length": "1000" });
    response.write("v=0\r\n");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const models = openModels(
    { OPENAI_ENDPOINT: `http://127.0.0.1:${port}`, OPENAI_CHAT_FAST: "f", OPENAI_CHAT_STRONG: "s", OPENAI_EMBEDDING: "e" },
    credential,
    withinMs,
  );
  const opening = models.openSession({ deployment: "realtime-cheap", instructions: "Be brief.", offer: "v=0", retries: 0 });
  await expect(opening).rejects.toBeInstanceOf(DeploymentFailure);
  server.close();
  server.closeAllConnections();
});
