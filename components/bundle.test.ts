import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import fc from "fast-check";
import { unzipSync } from "fflate";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BundleOptions, bundleApps, deterministicZip, pack } from "./bundle.ts";

let folder: string;

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "bundle-")));
  await mkdir(join(folder, "node_modules", "old"), { recursive: true });
  await writeFile(join(folder, "node_modules", "old", "package.json"), '{ "name": "old", "main": "main.js" }');
  // CommonJS, as several SDKs are: it asks for a built-in module with require and for its own folder.
  await writeFile(
    join(folder, "node_modules", "old", "main.js"),
    'const { basename } = require("path"); module.exports = { greet: (name) => "hello " + basename(name), folder: __dirname };',
  );
  await writeFile(
    join(folder, "entry.ts"),
    'import { greet, folder } from "old"; const name: string = "/a/b"; console.log(greet(name), folder === import.meta.dirname);',
  );
  await writeFile(join(folder, "host.ts"), 'import { app } from "provided-by-host"; app.start();');
});

afterAll(() => rm(folder, { recursive: true }));

const bundleApp = async (options: BundleOptions) => (await bundleApps([options]))[0]!;
const bundle = (out: string, options: { budgetBytes?: number } = {}) =>
  bundleApp({ entry: join(folder, "entry.ts"), out: join(folder, out), ...options });

test("TypeScript and CommonJS become one module that Node runs alone", async () => {
  const { folder: out, files, bytes, sha256 } = await bundle("runs");
  const code = await readFile(join(out, "entry.js"));
  expect({ files, bytes, sha256 }).toEqual({
    files: ["entry.js"],
    bytes: code.byteLength,
    sha256: createHash("sha256").update(code).digest("hex"),
  });
  const alone = join(folder, "alone");
  await mkdir(alone);
  await writeFile(join(alone, "entry.mjs"), code);
  const { stdout } = await promisify(execFile)(process.execPath, [join(alone, "entry.mjs")]);
  expect(stdout.trim()).toBe("hello b true");
});

test("entries bundled together are each whole, and come in the order they were asked for", async () => {
  const asked = ["host.ts", "entry.ts"].map((file) => ({
    entry: join(folder, file),
    out: join(folder, `both-${file}`),
    external: ["provided-by-host"],
  }));
  const [host, entry] = await bundleApps(asked);
  expect([host?.files, entry?.files]).toEqual([["host.js"], ["entry.js"]]);
  expect(host?.sources.join()).not.toContain("entry.ts");
  const { stdout } = await promisify(execFile)(process.execPath, [join(folder, "both-entry.ts", "entry.js")]);
  expect(stdout.trim()).toMatch(/^hello b/);
});

test("what the host provides stays outside", async () => {
  await bundleApp({ entry: join(folder, "host.ts"), out: join(folder, "host"), external: ["provided-by-host"] });
  expect(await readFile(join(folder, "host", "host.js"), "utf8")).toContain('"provided-by-host"');
});

test("a bundle over its budget is refused with its largest inputs", async () => {
  await expect(bundle("fat", { budgetBytes: 100 })).rejects.toThrow(
    /has \d+ bytes; its budget is 100\. Its largest inputs, in bytes:\n {2}\S*old\/main\.js \d+\n {2}\S*entry\.ts \d+/,
  );
});

test("code that does not build is refused with its place", async () => {
  await writeFile(join(folder, "broken.ts"), 'import "./nowhere.ts";');
  await expect(bundleApp({ entry: join(folder, "broken.ts"), out: join(folder, "broken") })).rejects.toThrow("broken.ts:1:7");
});

test("the same code packed twice is the same zip, named by its content", async () => {
  const [one, other] = [await bundle("one"), await bundle("other")];
  const first = await pack("bridge", one, { "host.json": { version: "2.0" } });
  const second = await pack("bridge", other, { "host.json": { version: "2.0" } });
  expect(second.sha256).toBe(first.sha256);
  expect(basename(first.zipPath)).toBe(`bridge-${first.sha256}.zip`);
  const zip = await readFile(first.zipPath);
  expect(createHash("sha256").update(zip).digest("hex")).toBe(first.sha256);
  expect(zip.byteLength).toBe(first.bytes);
  const files = unzipSync(zip);
  expect(Object.keys(files)).toEqual(["entry.js", "host.json", "package.json"]);
  expect(JSON.parse(new TextDecoder().decode(files["package.json"]))).toEqual({
    name: "bridge",
    type: "module",
    main: "entry.js",
  });
});

test("a zip does not depend on the order its files were given in", () => {
  const files = fc.uniqueArray(fc.tuple(fc.stringMatching(/^[a-z]{1,8}$/), fc.uint8Array()), { selector: ([name]) => name });
  fc.assert(
    fc.property(files, (given) => {
      const forth = deterministicZip(Object.fromEntries(given));
      const back = deterministicZip(Object.fromEntries([...given].reverse()));
      expect(Buffer.from(back).equals(Buffer.from(forth))).toBe(true);
      expect(Object.keys(unzipSync(forth)).sort()).toEqual(given.map(([name]) => name).sort());
    }),
    { numRuns: 50 },
  );
});
