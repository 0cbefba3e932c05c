/**
 * The whole command of a container that runs one of our packages: fetch it as the app's own identity, make sure it is the one the graph
 * means, unpack it, run it. A stock Node image then needs no registry and no image build of ours, and what runs is fixed by its hash.
 *
 * Reads PACKAGE_URL, PACKAGE_SHA256, AZURE_CLIENT_ID and the platform's IDENTITY_ENDPOINT and IDENTITY_HEADER (Azure docs, "managed
 * identities in Container Apps", REST endpoint 2019-08-01). Only Node's own modules: it is passed to `node -e`.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve, sep } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { inflateRawSync } from "node:zlib";

const { PACKAGE_URL, PACKAGE_SHA256, AZURE_CLIENT_ID, IDENTITY_ENDPOINT, IDENTITY_HEADER } = process.env;

/** A new role takes minutes to hold; the platform's startup probe ends the wait when it does not. */
const tries = 30;
const pauseMs = 2_000;

async function answered(what, ask) {
  for (let attempt = 1; ; attempt += 1) {
    const response = await ask().catch((error) => error);
    if (response.ok) return response;
    const reason = response instanceof Error ? response.message : `status ${response.status}`;
    if (attempt === tries) throw new Error(`${what} could not be had after ${tries} tries: ${reason}.`);
    await pause(pauseMs);
  }
}

async function token() {
  const query = new URLSearchParams({
    "api-version": "2019-08-01",
    resource: "https://storage.azure.com/",
    client_id: AZURE_CLIENT_ID,
  });
  const headers = { "X-IDENTITY-HEADER": IDENTITY_HEADER };
  const response = await answered("A token for storage", () => fetch(`${IDENTITY_ENDPOINT}?${query}`, { headers }));
  return (await response.json()).access_token;
}

async function fetchPackage() {
  const headers = { authorization: `Bearer ${await token()}`, "x-ms-version": "2024-11-04" };
  const response = await answered("The package", () => fetch(PACKAGE_URL, { headers }));
  return Buffer.from(await response.arrayBuffer());
}

function verify(zip) {
  const found = createHash("sha256").update(zip).digest("hex");
  if (found !== PACKAGE_SHA256)
    throw new Error(`The package is not the one deployed: its sha256 is ${found}, expected ${PACKAGE_SHA256}.`);
}

/** Reads the central directory (PKWARE APPNOTE 4.3.12, 4.3.16); entries are stored or deflated. */
function* entries(zip) {
  const end = zip.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  if (end < 0) throw new Error("The package is not a zip archive.");
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    const method = zip.readUInt16LE(at + 10);
    const [packed, nameLength, extraLength, commentLength] = [
      zip.readUInt32LE(at + 20),
      zip.readUInt16LE(at + 28),
      zip.readUInt16LE(at + 30),
      zip.readUInt16LE(at + 32),
    ];
    const local = zip.readUInt32LE(at + 42);
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const bytes = zip.subarray(start, start + packed);
    yield { name: zip.toString("utf8", at + 46, at + 46 + nameLength), bytes: method === 0 ? bytes : inflateRawSync(bytes) };
    at += 46 + nameLength + extraLength + commentLength;
  }
}

function unpack(zip, folder) {
  for (const { name, bytes } of entries(zip)) {
    if (name.endsWith("/")) continue;
    const file = resolve(folder, name);
    if (!file.startsWith(folder + sep)) throw new Error("The package names a file outside of itself.");
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bytes);
  }
}

const zip = await fetchPackage();
verify(zip);
const folder = join(tmpdir(), `package-${PACKAGE_SHA256}-${process.pid}`);
unpack(zip, folder);
process.chdir(folder);
await import(pathToFileURL(join(folder, JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).main)).href);
