/** The address code is pushed to (`<app>.scm.azurewebsites.net` on Azure): OneDeploy takes a zip with the deployer's own token and runs it. */
import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { unzipSync } from "fflate";
import { Hono } from "hono";
import { type Access, Refusal } from "../identity/access.ts";
import type { Service } from "../service.ts";

export interface DeploymentEndpointOptions {
  readonly access: Access;
  /** ARM id of the app: the deployer needs Website Contributor on it. */
  readonly appId: string;
  /** Where the pushed packages are unpacked, one folder a content hash. */
  readonly folder: string;
  /** Runs the unpacked app; the push is answered when it does. */
  run(folder: string): Promise<void>;
}

/** Flex Consumption takes packages up to 1 GB; ours is below a few megabytes. */
const maxPackageBytes = 100 * 1024 * 1024;

export function deploymentEndpoint({ access, appId, folder, run }: DeploymentEndpointOptions): Service {
  const app = new Hono();
  app.post("/api/publish", async (context) => {
    await access.require(context.req.header("authorization"), {
      audiences: ["https://management.azure.com"],
      scope: appId,
      anyOf: ["Website Contributor"],
    });
    if (context.req.query("type") !== "zip") throw new Refusal(400, "BadRequest", "OneDeploy takes ?type=zip here.");
    const zip = new Uint8Array(await context.req.arrayBuffer());
    if (zip.byteLength > maxPackageBytes)
      throw new Refusal(
        413,
        "RequestEntityTooLarge",
        `A package may have ${maxPackageBytes} bytes; this one has ${zip.byteLength}.`,
      );
    const target = join(folder, createHash("sha256").update(zip).digest("hex").slice(0, 16));
    await unpack(zip, target);
    await run(target);
    return context.json({ status: "success" });
  });
  app.onError((error, context) => {
    if (error instanceof Refusal) return context.json({ Code: error.code, Message: error.message }, error.status as 400);
    return context.json({ Code: "InternalServerError", Message: error.message }, 500);
  });
  return { fetch: app.fetch };
}

/** Unpacks a package into a folder; throws `Refusal` 400 for what is no zip, or one that reaches outside. */
export async function unpack(zip: Uint8Array, target: string): Promise<void> {
  let files: ReturnType<typeof unzipSync>;
  try {
    files = unzipSync(zip);
  } catch {
    throw new Refusal(400, "BadRequest", "The body is not a zip archive.");
  }
  for (const [name, bytes] of Object.entries(files)) {
    const file = join(target, name);
    if (relative(target, file).startsWith(".."))
      throw new Refusal(400, "BadRequest", "The archive names a file outside of itself.");
    if (name.endsWith("/")) continue;
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, bytes);
  }
}
