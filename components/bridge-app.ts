import * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import { appSettings } from "./app-settings.ts";
import { containerBridge } from "./bridge-container.ts";
import type { BridgeHost, BridgeHostArgs } from "./bridge-host.ts";
import { appServiceBridge } from "./bridge-web-app.ts";
import { diagnostics } from "./diagnostics.ts";
import type { Link, Values, Wiring } from "./link.ts";
import { Package } from "./publish.ts";

export interface BridgeAppArgs<Settings extends z.ZodObject, Links extends readonly Link[], Given extends Values<Settings>>
  extends BridgeHostArgs,
    Wiring<Settings, Links, Given> {
  readonly host: BridgeHost;
}

/** The bridge between a phone's audio and a model's: long sockets, so it runs where a call may finish before the process ends. */
export class BridgeApp<
  Settings extends z.ZodObject,
  const Links extends readonly Link[],
  const Given extends Values<Settings>,
> extends pulumi.ComponentResource {
  readonly url: pulumi.Output<string>;

  constructor(name: string, args: BridgeAppArgs<Settings, Links, Given>, opts?: pulumi.ComponentResourceOptions) {
    super("switchboard:components:BridgeApp", name, {}, opts);
    const settings = appSettings(name, args.schema, args.links, args.settings);
    const before = args.links.flatMap(({ after = [] }) => after);
    const roles = [...args.links, args.storage.packageLink()].flatMap((link) =>
      args.identity.principal.grant(name, link, { parent: this }),
    );
    const code = createPackage(name, args, this);
    const process = { settings, packageUrl: code.url, dependsOn: [...roles, ...before, code] };
    const { host } = args;
    const app =
      host.kind === "container-app"
        ? containerBridge(name, args, host, process, this)
        : appServiceBridge(name, args, host, process, this);
    diagnostics(name, { resourceUri: app.id, workspaceId: args.workspaceId, logs: "allLogs", metrics: true }, this);
    this.url = pulumi.interpolate`${args.publicScheme}://${app.hostName}`;
    this.registerOutputs({ url: this.url });
  }
}

/** The code as a blob named by its hash: a new package is a new address, and so a new revision of the app. */
function createPackage(name: string, args: BridgeHostArgs, parent: pulumi.Resource): Package {
  const dependsOn = args.deployer.grant(`${name}-deployer`, args.storage.publishLink(), { parent });
  const { zipPath, sha256 } = args.package;
  return new Package(
    `${name}-package`,
    { kind: "blob", host: args.storage.blobEndpoint, zipPath, sha256 },
    { parent, dependsOn },
  );
}
