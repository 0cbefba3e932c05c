import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { openWorld, type World } from "../tests/support/stand-in.ts";

/** Registers a package under mocks, in a process of its own as the engine's program is, and prints what the engine would be given. */
const program = `
  import * as pulumi from "@pulumi/pulumi";
  await pulumi.runtime.setMocks({
    newResource({ type, inputs }) { console.log(JSON.stringify({ type, inputs })); return { id: "id", state: inputs }; },
    call: () => ({}),
  });
  const { Package } = await import("./components/publish.ts");
  new Package("code", { kind: "blob", host: "https://store.example/", zipPath: "/nowhere.zip", sha256: "00" });
`;

type Provider = Required<pulumi.dynamic.ResourceProvider>;

let world: World;
let folder: string;
let zipPath: string;
let sha256: string;
let registered: { type: string; inputs: Record<string, unknown> };
let provider: Provider;
/** What the service has been asked, and how it answers: from the front of the list, then 200. */
let asked: { method: string; path: string; headers: Headers; body: Buffer }[] = [];
let answers: number[] = [];
let host: string;
const before = { ...process.env };

beforeAll(async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", program], {
    cwd: join(import.meta.dirname, ".."),
  });
  registered = JSON.parse(stdout) as typeof registered;
  provider = revived(String(registered.inputs.__provider));

  world = await openWorld();
  const service = await world.start({
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      asked.push({
        method: request.method,
        path: pathname + search,
        headers: request.headers,
        body: Buffer.from(await request.arrayBuffer()),
      });
      return new Response(null, { status: answers.shift() ?? 200, headers: { "retry-after": "0" } });
    },
  });
  host = service.host;
  // A managed identity, as the laptop and a pipeline's agent have: each token names the scope it was asked for.
  const identity = await world.start({
    fetch: (request) =>
      Response.json({
        access_token: `token for ${new URL(request.url).searchParams.get("resource")}`,
        expires_on: `${Math.floor(Date.now() / 1000) + 3600}`,
        resource: "",
        token_type: "Bearer",
      }),
  });
  Object.assign(process.env, { IDENTITY_ENDPOINT: `http://${identity.host}/msi/token`, IDENTITY_HEADER: "header" });

  folder = await mkdtemp(join(tmpdir(), "publish-"));
  zipPath = join(folder, "bridge-1234.zip");
  await writeFile(zipPath, "the code");
  sha256 = createHash("sha256").update("the code").digest("hex");
});

afterAll(async () => {
  process.env = before;
  await world.close();
  await rm(folder, { recursive: true });
});

beforeEach(() => {
  asked = [];
  answers = [];
});

/** What the engine does with a serialised provider: compiles its text as a module of its own and asks for the handler. */
function revived(text: string): Provider {
  const engine = createRequire(createRequire(import.meta.url).resolve("@pulumi/pulumi"));
  const fromString = engine("require-from-string") as (text: string) => { handler: () => Provider };
  return fromString(text).handler();
}

const blob = () => ({ kind: "blob", host: `https://${host}/`, zipPath, sha256 });
const functions = () => ({ kind: "functions", host, zipPath, sha256 });

test("a package is registered under its own type, with its provider and nothing secret", () => {
  expect(registered.type).toBe("pulumi-nodejs:dynamic/switchboard:Package");
  expect(registered.inputs).toMatchObject({ kind: "blob", sha256: "00", __provider: expect.stringContaining("exports.handler") });
  expect(JSON.stringify(registered.inputs)).not.toContain(process.env.HOME);
});

test("functions are pushed to the deployment endpoint with a token for Azure's management", async () => {
  const { id, outs } = await provider.create(functions());
  expect(asked).toMatchObject([{ method: "POST", path: "/api/publish?type=zip", body: Buffer.from("the code") }]);
  expect(asked[0]!.headers.get("authorization")).toBe("Bearer token for https://management.azure.com");
  expect(asked[0]!.headers.get("content-type")).toBe("application/zip");
  expect(outs).toEqual({ ...functions(), url: id });
});

test("a push is tried again while another runs or a role spreads", async () => {
  answers = [409, 403];
  await provider.create(functions());
  expect(asked).toHaveLength(3);
});

test("a push is given up after 24 attempts, with the last answer", async () => {
  answers = Array.from({ length: 30 }, () => 503);
  await expect(provider.create(functions())).rejects.toThrow(`${host} refused the request with 503 after 24 attempts`);
  expect(asked).toHaveLength(24);
});

test("a push refused for good fails with the service's answer", async () => {
  answers = [400];
  await expect(provider.create(functions())).rejects.toThrow(`${host} refused the request with 400 after 1 attempts`);
});

test("an app without a deployment endpoint is an error that says so", async () => {
  await expect(provider.create({ ...functions(), host: "" })).rejects.toThrow("names no deployment endpoint");
});

test("a blob is put once under its own name, with a token for storage", async () => {
  const { id, outs } = await provider.create(blob());
  expect(id).toBe(`https://${host}/packages/bridge-1234.zip`);
  expect(outs).toEqual({ ...blob(), url: id });
  expect(asked).toMatchObject([{ method: "PUT", path: "/packages/bridge-1234.zip", body: Buffer.from("the code") }]);
  const { headers } = asked[0]!;
  expect(headers.get("authorization")).toBe("Bearer token for https://storage.azure.com");
  expect(headers.get("if-none-match")).toBe("*");
  expect(headers.get("x-ms-blob-type")).toBe("BlockBlob");
});

test.each([409, 412])("a blob that is there already (%i) is as good as put", async (status) => {
  answers = [status];
  await expect(provider.create(blob())).resolves.toMatchObject({ id: `https://${host}/packages/bridge-1234.zip` });
});

test("a zip that changed since it was packed is not shipped", async () => {
  await expect(provider.create({ ...blob(), sha256: "0".repeat(64) })).rejects.toThrow("run the program again");
  expect(asked).toEqual([]);
});

test("code ships again when its hash changes, and only then: into an app in place, as a blob beside the old one", async () => {
  const same = { changes: false, replaces: [], deleteBeforeReplace: false };
  expect(await provider.diff("id", blob(), { ...blob(), zipPath: "/elsewhere/bridge-1234.zip" })).toEqual(same);
  expect(await provider.diff("id", functions(), { ...functions(), sha256: "11" })).toEqual({ ...same, changes: true });
  expect(await provider.diff("id", blob(), { ...blob(), sha256: "11" })).toEqual({
    ...same,
    changes: true,
    replaces: ["sha256"],
  });
  expect(await provider.diff("id", functions(), { ...functions(), host: "b" })).toEqual({
    ...same,
    changes: true,
    replaces: ["host"],
  });
});

test("an update pushes the new code to the same app", async () => {
  const { outs } = await provider.update("id", { ...functions(), sha256: "11" }, functions());
  expect(outs).toMatchObject({ sha256 });
  expect(asked).toMatchObject([{ method: "POST", body: Buffer.from("the code") }]);
});

test("a refresh notices that a blob is gone", async () => {
  const props = { ...blob(), url: `https://${host}/packages/bridge-1234.zip` };
  expect(await provider.read(props.url, props)).toEqual({ id: props.url, props });
  answers = [404];
  expect(await provider.read(props.url, props)).toEqual({});
});

test("destroying removes a blob, and goes on when storage refuses", async () => {
  const props = { ...blob(), url: `https://${host}/packages/bridge-1234.zip` };
  answers = [403];
  await provider.delete(props.url, props);
  expect(asked).toMatchObject([{ method: "DELETE", path: "/packages/bridge-1234.zip" }]);
});
