import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import { zipSync } from "fflate";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startCommand } from "./start-command.ts";

const text = (content: string) => new TextEncoder().encode(content);
const zipOf = (files: Record<string, Uint8Array>) => Buffer.from(zipSync(files));
const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
const manifest = text('{"type":"module","main":"app/main.js"}');

let server: Server;
let origin: string;
let zip: Buffer;
let requests: IncomingMessage[];

/** The platform's identity endpoint and the blob, at one address. */
beforeEach(async () => {
  requests = [];
  server = createServer((request, response) => {
    requests.push(request);
    response.end(request.url!.startsWith("/token") ? JSON.stringify({ access_token: "a-token" }) : zip);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => new Promise<void>((resolve) => void server.close(() => resolve())));

function start(expected: string): Promise<{ stdout: string }> {
  const [, ...args] = startCommand();
  const env = {
    IDENTITY_ENDPOINT: `${origin}/token`,
    IDENTITY_HEADER: "a-header",
    AZURE_CLIENT_ID: "a-client",
    PACKAGE_URL: `${origin}/packages/bridge.zip`,
    PACKAGE_SHA256: expected,
  };
  return promisify(execFile)(process.execPath, args, { env });
}

test("a container fetches the package as its identity and runs it", async () => {
  zip = zipOf({
    "package.json": manifest,
    "app/main.js": text('import { word } from "./word.js"; console.log(word);'),
    "app/word.js": text('export const word = "ready";'),
  });
  const { stdout } = await start(sha256(zip));
  expect(stdout).toBe("ready\n");
  const [token, blob] = requests;
  expect(Object.fromEntries(new URL(token!.url!, origin).searchParams)).toEqual({
    "api-version": "2019-08-01",
    resource: "https://storage.azure.com/",
    client_id: "a-client",
  });
  expect(token!.headers["x-identity-header"]).toBe("a-header");
  expect(blob!.headers).toMatchObject({ authorization: "Bearer a-token", "x-ms-version": "2024-11-04" });
});

test("a package that is not the one deployed is not run", async () => {
  zip = zipOf({ "package.json": manifest, "app/main.js": text('console.log("intruder");') });
  const refused = start(sha256(Buffer.from("another")));
  await expect(refused).rejects.toMatchObject({
    stdout: "",
    stderr: expect.stringContaining("The package is not the one deployed"),
  });
});

test("a package that reaches outside of its folder is not unpacked", async () => {
  zip = zipOf({ "../outside.js": text(""), "package.json": manifest, "app/main.js": text("") });
  await expect(start(sha256(zip))).rejects.toMatchObject({ stderr: expect.stringContaining("a file outside of itself") });
});
