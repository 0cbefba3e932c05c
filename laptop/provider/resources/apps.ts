/** The apps: the functions app and the bridge, each started from the code the graph ships, with the settings the graph computed. */
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { AppProcess } from "../../apps/app-process.ts";
import { deploymentEndpoint, unpack } from "../../apps/deployment-endpoint.ts";
import { freePort } from "../../free-port.ts";
import { armId, type Inputs, text } from "../arm.ts";
import type { Laptop } from "../laptop.ts";
import type { Realisation } from "../realisation.ts";

/** Client ids of the user-assigned identities an app carries, found by the ARM ids in its inputs. */
function identitiesOf(inputs: Inputs, laptop: Laptop): string[] {
  const { userAssignedIdentities = [] } = (inputs.identity ?? {}) as { userAssignedIdentities?: string[] };
  return userAssignedIdentities.map((id) => laptop.find<{ clientId: string }>(id).clientId);
}

/** What the platform adds to an app's own settings. The laptop's environment is not inherited: an app sees what it would see on Azure. */
function platformEnvironment(inputs: Inputs, laptop: Laptop): Record<string, string> {
  return {
    PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
    TZ: "UTC",
    NODE_COMPILE_CACHE: laptop.folder("cache"),
    NODE_EXTRA_CA_CERTS: laptop.authority.file,
    ...laptop.directory.machine(identitiesOf(inputs, laptop)),
  };
}

function newApp(laptop: Laptop, id: string, name: string, port: number, graceMs: number): AppProcess {
  const app = new AppProcess({ name, port, logFile: laptop.folder("logs", `${name}.log`), clock: laptop.clock, graceMs });
  laptop.apps.push(app);
  laptop.atEndOf(id, async () => {
    await app.stop();
    laptop.apps.splice(laptop.apps.indexOf(app), 1);
  });
  return app;
}

/** Work in hand ends well before this; the functions app holds no calls. */
const functionsGraceMs = 10_000;
/** A laptop does not wait for the ten minutes that the bridge may take to drain on Azure. */
const bridgeGraceMs = 5_000;

const hostScript = join(import.meta.dirname, "..", "..", "functions-host", "main.ts");

const webApp: Realisation = {
  async create(inputs, laptop) {
    const id = armId(inputs, "Microsoft.Web/sites/{name}");
    const functions = text(inputs, "kind").includes("functionapp");
    const site = inputs.siteConfig as { appSettings?: { name: string; value: string }[]; appCommandLine?: string };
    const settings = Object.fromEntries((site.appSettings ?? []).map(({ name, value }) => [name, value]));
    // The port of the functions app is part of its address, which other resources need before the app exists (settings `cloud.appHostName`).
    const port = functions ? laptop.functionsPort : await freePort();
    if (laptop.apps.some((other) => other.port === port))
      throw new Error(
        "a laptop runs one functions app, since its address is fixed before the graph is; leave `customers` out of Pulumi.laptop.yaml.",
      );
    const app = newApp(laptop, id, text(inputs, "name"), port, functions ? functionsGraceMs : bridgeGraceMs);
    const environment = {
      ...settings,
      ...platformEnvironment(inputs, laptop),
      WEBSITE_HOSTNAME: `localhost:${port}`,
      WEBSITE_SITE_NAME: app.name,
      // The laptop's apps answer plain HTTP, which their platform's own names for where they are cannot say.
      ...(functions ? {} : { BRIDGE_URL: `http://localhost:${port}` }),
    };
    const run = (folder: string) =>
      functions
        ? app.start({ command: process.execPath, args: [hostScript, folder], folder, environment })
        : app.start({ command: "/bin/sh", args: ["-c", `exec ${site.appCommandLine ?? "node ."}`], folder, environment });
    const packaged = await packageFolder(settings, laptop, app.name);
    if (packaged) await run(packaged);
    const scm = await laptop.listen(
      id,
      deploymentEndpoint({ access: laptop.directory, appId: id, folder: laptop.folder("apps", app.name), run }),
    );
    laptop.running.push({
      id,
      service: functions ? "Functions" : "App Service",
      name: app.name,
      address: `http://localhost:${port}`,
    });
    return {
      id,
      outputs: {
        defaultHostName: `localhost:${port}`,
        hostNames: [`localhost:${port}`],
        hostNameSslStates: [
          { name: `localhost:${port}`, hostType: "Standard" },
          { name: scm.host, hostType: "Repository" },
        ],
      },
    };
  },
};

/**
 * "Run from package": App Service fetches the zip that the setting names, as the identity that the setting beside it names, and mounts it.
 * Answers the folder; undefined when the app's code is pushed instead.
 */
async function packageFolder(
  settings: Readonly<Record<string, string>>,
  laptop: Laptop,
  appName: string,
): Promise<string | undefined> {
  const { WEBSITE_RUN_FROM_PACKAGE: url, WEBSITE_RUN_FROM_PACKAGE_BLOB_MI_RESOURCE_ID: identityId } = settings;
  if (!url || !identityId) return undefined;
  const { objectId } = laptop.find<{ objectId: string }>(identityId);
  const token = await laptop.directory.token({ objectId, audience: "https://storage.azure.com" });
  const answer = await fetch(url, { headers: { authorization: `Bearer ${token}`, "x-ms-version": "2023-11-03" } });
  if (!answer.ok)
    throw new Error(`its package could not be fetched (${answer.status}); does its identity hold Storage Blob Data Reader?`);
  const folder = laptop.folder("apps", appName, url.slice(url.lastIndexOf("/") + 1, -".zip".length));
  await unpack(new Uint8Array(await answer.arrayBuffer()), folder);
  return folder;
}

interface Container {
  readonly command?: string[];
  readonly args?: string[];
  readonly env?: { name: string; value?: string }[];
}

const containerApp: Realisation = {
  async create(inputs, laptop) {
    const id = armId(inputs, "Microsoft.App/containerApps/{containerAppName}");
    const container = (inputs.template as { containers?: Container[] }).containers?.[0];
    const [command, ...args] = [...(container?.command ?? []), ...(container?.args ?? [])];
    if (!command) throw new Error("its container names no command; the laptop runs commands, not images.");
    const port = await freePort();
    const app = newApp(laptop, id, text(inputs, "containerAppName"), port, bridgeGraceMs);
    const settings = Object.fromEntries((container?.env ?? []).map(({ name, value }) => [name, value ?? ""]));
    const folder = laptop.folder("apps", app.name);
    await mkdir(folder, { recursive: true });
    const environment = {
      ...settings,
      ...platformEnvironment(inputs, laptop),
      CONTAINER_APP_NAME: app.name,
      CONTAINER_APP_REPLICA_NAME: `${app.name}--laptop`,
      BRIDGE_URL: `http://localhost:${port}`,
    };
    await app.start({ command, args, folder, environment });
    laptop.running.push({ id, service: "Container Apps", name: app.name, address: `http://localhost:${port}` });
    const host = `localhost:${port}`;
    const configuration = inputs.configuration as Record<string, unknown>;
    return {
      id,
      outputs: {
        latestRevisionFqdn: host,
        configuration: { ...configuration, ingress: { ...(configuration.ingress as object), fqdn: host } },
      },
    };
  },
};

export const appResources: Readonly<Record<string, Realisation>> = {
  "azure-native:web:WebApp": webApp,
  "azure-native:app:ContainerApp": containerApp,
};
