import { createServer, type Server } from "node:http";
import { createRemoteJWKSet, exportJWK, generateKeyPair, SignJWT } from "jose";
import { afterEach, expect, test } from "vitest";
import { verifier } from "./verify.ts";

const issuer = "https://calls.example";
const audience = "6d1c7e30-5a50-4a8e-9a3b-0c2f9d1a7b11";
const now = () => new Date("2026-11-22T09:00:00Z");

let server: Server | undefined;
afterEach(() => server?.close());

/** A verifier whose keys are behind an address that answers `status`, and a token they would vouch for. */
async function remote(status: number) {
  const { publicKey, privateKey } = await generateKeyPair("RS256");
  const body = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), alg: "RS256" }] });
  const listening = createServer((_request, response) =>
    response.writeHead(status, { "content-type": "application/json" }).end(body),
  );
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  const { port } = listening.address() as { port: number };
  const keys = createRemoteJWKSet(new URL(`http://127.0.0.1:${port}/keys`));
  const token = await new SignJWT({})
    .setProtectedHeader({ alg: "RS256" })
    .setIssuer(issuer)
    .setAudience(audience)
    .setExpirationTime(Math.floor(now().getTime() / 1_000) + 300)
    .sign(privateKey);
  return { verify: verifier({ issuer, audience: [audience], keys }, now), token };
}

test("a token is judged by the keys its issuer shows", async () => {
  const { verify, token } = await remote(200);
  expect(await verify(token)).toMatchObject({ aud: audience });
  const [header, payload, signature = ""] = token.split(".");
  const tampered = signature.startsWith("A") ? `B${signature.slice(1)}` : `A${signature.slice(1)}`;
  expect(await verify(`${header}.${payload}.${tampered}`)).toBeUndefined();
});

test("while the issuer's keys cannot be had no token is judged at all, so that whoever brought a good one tries again", async () => {
  const { verify, token } = await remote(503);
  await expect(verify(token)).rejects.toThrow();
});
