/** The code of an app as what a host runs: one file from esbuild, and a zip that is the same, byte for byte, for the same code. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { basename, join, relative, resolve } from "node:path";
import { build, type Metafile } from "esbuild";
import { zipSync } from "fflate";
import { keep, kept } from "./fresh.ts";
import { replaceFile } from "./replace-file.ts";

/** Apps by the file they start from. */
const apps = {
  /** The Functions worker provides `@azure/functions-core` and refuses a second copy of it. */
  functions: { entry: "runtime/functions.ts", external: ["@azure/functions-core"], budgetBytes: 4_200_000 },
  bridge: { entry: "runtime/bridge.ts", external: [], budgetBytes: 4_200_000 },
} as const;

export type App = keyof typeof apps;

export interface BundleOptions {
  /** The file the app starts from, absolute or below the repository's root. */
  readonly entry: string;
  /** Folder to write to; made when missing. */
  readonly out: string;
  /** Modules the host provides. */
  readonly external?: readonly string[];
  /** Most bytes of JavaScript: a cold start reads all of it. None: no limit. */
  readonly budgetBytes?: number;
}

export interface Bundle {
  readonly folder: string;
  /** Names below the folder, the one to start first; source maps stand beside them and are not listed. */
  readonly files: readonly string[];
  readonly bytes: number;
  /** Of the JavaScript, in hexadecimal. */
  readonly sha256: string;
  /** Everything it was made from, relative to the repository's root. */
  readonly sources: readonly string[];
}

export interface AppPackage {
  /** `<folder>/../<app>-<sha256>.zip`, from the working folder: the name is the content's address. */
  readonly zipPath: string;
  /** Of the zip, in hexadecimal. */
  readonly sha256: string;
  /** Of the zip. */
  readonly bytes: number;
  /** The same files, unpacked. */
  readonly folder: string;
}

const root = resolve(import.meta.dirname, "..");

/** CommonJS dependencies inside an ES module still ask for what Node gives only to CommonJS. */
const commonJsBanner = [
  'import { createRequire as makeRequire } from "node:module";',
  "const require = makeRequire(import.meta.url);",
  "const __filename = import.meta.filename;",
  "const __dirname = import.meta.dirname;",
].join("\n");

/**
 * Bundles each entry and all it imports into one ES module for Node 22, in one pass: what several import is read and parsed once. Throws with
 * esbuild's messages when the code does not build, and with the five largest inputs when a result is over its budget.
 */
export async function bundleApps(requests: readonly BundleOptions[]): Promise<Bundle[]> {
  const { metafile, outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: requests.map(({ entry }, index) => ({ in: resolve(root, entry), out: String(index) })),
    // Nothing is written there: results go where each request says.
    outdir: join(root, "dist"),
    external: requests.flatMap(({ external = [] }) => external),
    banner: { js: commonJsBanner },
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node22",
    // A package's ES module first: one that is imported and also required would be bundled twice, and bring its own dependencies twice.
    mainFields: ["module", "main"],
    minify: true,
    // Sources are in the repository; without their text the map is small and quick to write.
    sourcemap: "external",
    sourcesContent: false,
    jsx: "automatic",
    jsxImportSource: "hono/jsx",
    metafile: true,
    write: false,
    logLevel: "silent",
  });
  const contentsOf = (file: string) => outputFiles.find(({ path }) => path === join(root, "dist", file))!.contents;
  return Promise.all(
    requests.map(async ({ entry, out, budgetBytes }, index) => {
      const code = contentsOf(`${index}.js`);
      const { inputs } = Object.entries(metafile.outputs).find(([path]) => basename(path) === `${index}.js`)![1];
      if (budgetBytes !== undefined && code.byteLength > budgetBytes)
        throw new Error(overBudget(entry, code.byteLength, budgetBytes, inputs));
      const file = basename(entry).replace(/\.tsx?$/, ".js");
      await mkdir(out, { recursive: true });
      await replaceFile(join(out, file), code);
      await replaceFile(join(out, `${file}.map`), contentsOf(`${index}.js.map`));
      const bytes = code.byteLength;
      return { folder: resolve(out), files: [file], bytes, sha256: sha256(code), sources: Object.keys(inputs) };
    }),
  );
}

/** Besides an app's own sources, what decides how it is bundled and which dependencies it gets. */
const alsoSources = ["components/bundle.ts", "package-lock.json"];

/** Bundles the apps and packs each as its host wants it, unless nothing changed since; writes below `outFolder` and returns what it wrote. */
export async function packageApps(outFolder: string): Promise<Readonly<Record<App, AppPackage>>> {
  const stamp = join(outFolder, "packages.json");
  const before = await kept<Record<App, AppPackage>>(stamp, root);
  if (before && existsSync(before.functions.zipPath) && existsSync(before.bridge.zipPath)) return before;
  const [functionsCode, bridgeCode] = await bundleApps([
    { ...apps.functions, out: join(outFolder, "functions") },
    { ...apps.bridge, out: join(outFolder, "bridge") },
  ]);
  const [functions, bridge] = await Promise.all([
    pack("functions", functionsCode!, { "host.json": hostFile }),
    pack("bridge", bridgeCode!, {}),
  ]);
  const sources = new Set([...functionsCode!.sources, ...bridgeCode!.sources, ...alsoSources]);
  await keep(stamp, root, [...sources], { functions, bridge });
  return { functions, bridge };
}

/** Packs a bundle with a `package.json` that names its entry, and whatever else its host reads. */
export async function pack(name: string, bundle: Bundle, manifests: Readonly<Record<string, unknown>>): Promise<AppPackage> {
  const files: Record<string, Uint8Array> = {};
  for (const file of bundle.files) files[file] = await readFile(join(bundle.folder, file));
  for (const [file, content] of Object.entries({
    ...manifests,
    "package.json": { name, type: "module", main: bundle.files[0] },
  })) {
    const text = `${JSON.stringify(content, null, 2)}\n`;
    files[file] = new TextEncoder().encode(text);
    await replaceFile(join(bundle.folder, file), text);
  }
  const zip = deterministicZip(files);
  const hash = sha256(zip);
  // Relative: it lands in the stack's state, which is another machine's too.
  const zipPath = relative("", join(bundle.folder, "..", `${name}-${hash}.zip`));
  await replaceFile(zipPath, zip);
  return { zipPath, sha256: hash, bytes: zip.byteLength, folder: bundle.folder };
}

/** The first moment a zip can hold: the time a build ran says nothing about what it holds. */
const zipEpoch = new Date(1980, 0, 1);

/** The same files give the same bytes, in whatever order and whenever they were written. */
export function deterministicZip(files: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const sorted = Object.fromEntries(Object.entries(files).sort(([one], [other]) => (one < other ? -1 : 1)));
  return zipSync(sorted, { level: 6, mtime: zipEpoch });
}

/** Routes carry their whole path; messages come as Event Grid writes them; five failures send a message to its poison queue. */
const hostFile = {
  version: "2.0",
  extensions: {
    http: { routePrefix: "" },
    queues: {
      // An IncomingCall waits in a queue while the caller hears it ring.
      maxPollingInterval: "00:00:01",
      visibilityTimeout: "00:00:30",
      maxDequeueCount: 5,
      messageEncoding: "base64",
    },
  },
};

function overBudget(entry: string, bytes: number, budgetBytes: number, inputs: Metafile["outputs"][string]["inputs"]): string {
  const largest = Object.entries(inputs)
    .sort(([, one], [, other]) => other.bytesInOutput - one.bytesInOutput)
    .slice(0, 5);
  const list = largest.map(([path, { bytesInOutput }]) => `  ${path} ${bytesInOutput}`).join("\n");
  return `The bundle of ${entry} has ${bytes} bytes; its budget is ${budgetBytes}. Its largest inputs, in bytes:\n${list}\nImport less of them, or raise the budget in components/bundle.ts.`;
}

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
