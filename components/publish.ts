import * as pulumi from "@pulumi/pulumi";
import { bearer, untilAccepted } from "./deployer-request.ts";

export interface PackageArgs {
  /**
   * `functions`: pushed to the app's deployment endpoint (OneDeploy), which runs it. `blob`: put into the container `packages`, for a host
   * that fetches it.
   */
  readonly kind: "functions" | "blob";
  /** `functions`: host name of the deployment endpoint (`<app>.scm.azurewebsites.net`). `blob`: the storage account's blob endpoint. */
  readonly host: pulumi.Input<string>;
  /** The zip on this machine; its file name becomes the blob's. */
  readonly zipPath: string;
  /** Of the zip, in hexadecimal: the code ships again when it changes, and only then. */
  readonly sha256: string;
}

/** An app's code, shipped by the program with the deployer's own token. Neither keys nor a signed address are ever made. */
export class Package extends pulumi.dynamic.Resource {
  /** Where the code went: of a `blob` the address to fetch it from. */
  declare readonly url: pulumi.Output<string>;

  constructor(name: string, args: PackageArgs, opts?: pulumi.CustomResourceOptions) {
    super(packageProvider, name, { ...args, url: undefined }, opts, "switchboard", "Package");
  }
}

interface Shipment {
  readonly kind: "functions" | "blob";
  readonly host: string;
  readonly zipPath: string;
  readonly sha256: string;
}

/**
 * What the engine runs: it is serialised into the state, and revived from there without this module. So it reaches for Node's modules and
 * the SDKs inside its functions, and holds no value that is not a function or a plain constant.
 */
export const packageProvider: pulumi.dynamic.ResourceProvider<Shipment, Shipment & { url: string }> = {
  async create(inputs) {
    const url = await ship(inputs);
    return { id: url, outs: { ...inputs, url } };
  },

  async read(id, props) {
    // Whether an app still runs the code cannot be asked; whether a blob is there can.
    if (props?.kind !== "blob") return { id, ...(props ? { props } : {}) };
    const answer = await storageRequest("HEAD", props.url);
    return answer.status === 404 ? {} : { id, props };
  },

  async diff(_id, olds, news) {
    const changed = (["kind", "host", "sha256"] as const).filter((name) => olds[name] !== news[name]);
    // Code in an app is replaced in place; a blob named by its content is another blob, and the old one goes when nothing runs it.
    const replaces = news.kind === "blob" ? changed : changed.filter((name) => name !== "sha256");
    return { changes: changed.length > 0, replaces, deleteBeforeReplace: false };
  },

  async update(_id, _olds, news) {
    return { outs: { ...news, url: await ship(news) } };
  },

  async delete(_id, props) {
    if (props.kind !== "blob") return;
    // A blob left behind costs next to nothing; a destroy that fails for it costs an afternoon.
    await storageRequest("DELETE", props.url).catch(() => undefined);
  },
};

/** Sends the zip where it belongs and returns that address. Throws with the service's answer when it is refused for good. */
async function ship(shipment: Shipment): Promise<string> {
  const { readFile } = await import("node:fs/promises");
  const zip = await readFile(shipment.zipPath);
  await assertContent(zip, shipment);
  return shipment.kind === "functions" ? push(shipment.host, zip) : put(shipment, zip);
}

/** What ships is what was hashed: a file that changed since is refused, or the state would lie about what runs. */
async function assertContent(zip: Uint8Array, { zipPath, sha256 }: Shipment): Promise<void> {
  const { createHash } = await import("node:crypto");
  const actual = createHash("sha256").update(zip).digest("hex");
  if (actual !== sha256)
    throw new Error(
      `${zipPath} has the SHA-256 ${actual}, not ${sha256} as when it was packed; run the program again to pack it anew.`,
    );
}

/** OneDeploy: synchronous, syncs the triggers, works with an Entra token alone. */
async function push(host: string, zip: Uint8Array): Promise<string> {
  if (!host)
    throw new Error("The app names no deployment endpoint (host name of type Repository), so its code cannot be pushed.");
  const url = `https://${host}/api/publish?type=zip`;
  const send = async () =>
    fetch(url, {
      method: "POST",
      headers: { authorization: await bearer("https://management.azure.com/.default"), "content-type": "application/zip" },
      body: new Uint8Array(zip),
    });
  // 404 while the endpoint starts, 409 while another push runs, 401 and 403 while a role assigned a moment ago spreads.
  await untilAccepted(url, send, [401, 403, 404, 408, 409, 429]);
  return url;
}

async function put({ host, zipPath }: Shipment, zip: Uint8Array): Promise<string> {
  const { basename } = await import("node:path");
  const url = `${host.replace(/\/$/, "")}/packages/${basename(zipPath)}`;
  // 409 and 412: there already, and by its name it has the same content.
  await untilAccepted(url, () => storageRequest("PUT", url, zip), [401, 403, 404, 408, 429], [409, 412]);
  return url;
}

async function storageRequest(method: "PUT" | "HEAD" | "DELETE", url: string, body?: Uint8Array): Promise<Response> {
  return fetch(url, {
    method,
    headers: {
      authorization: await bearer("https://storage.azure.com/.default"),
      "x-ms-version": "2023-11-03",
      "x-ms-date": new Date().toUTCString(),
      ...(body ? { "content-type": "application/zip", "x-ms-blob-type": "BlockBlob", "if-none-match": "*" } : {}),
    },
    ...(body ? { body: new Uint8Array(body) } : {}),
  });
}
