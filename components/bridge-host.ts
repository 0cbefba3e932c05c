import type * as pulumi from "@pulumi/pulumi";
import type { AppSettings } from "./app-settings.ts";
import type { AppPackage } from "./bundle.ts";
import type { Identity } from "./identity.ts";
import type { Place } from "./place.ts";
import type { Principal } from "./principal.ts";
import type { Storage } from "./storage.ts";

/** Where the bridge runs. Both give one plain Node process its `PORT` and ask `/healthz`. */
export type BridgeHost =
  | {
      readonly kind: "container-app";
      readonly environmentId: pulumi.Input<string>;
      /** A stock Node image, pinned by tag or digest. */
      readonly image: string;
    }
  | {
      readonly kind: "app-service";
      readonly planName: string;
      readonly zoneRedundant: boolean;
      /** Subnet delegated to `Microsoft.Web/serverFarms`, when the services are private. */
      readonly subnetId?: pulumi.Input<string> | undefined;
    };

/** What any host of the bridge is told. */
export interface BridgeHostArgs extends Place {
  /** Physical name: 2 to 32 characters on Container Apps; unique in Azure on App Service. */
  readonly appName: string;
  /** Below one, the first caller waits for a start. */
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** A full replica says that it is not ready, and refuses new calls. */
  readonly callsPerReplica: number;
  /** Scheme of the address the phone side connects to: `https` everywhere but on a laptop. */
  readonly publicScheme: "https" | "http";
  readonly identity: Identity;
  /** Where the code lies. */
  readonly storage: Storage;
  readonly package: AppPackage;
  /** Who puts the code there. */
  readonly deployer: Principal;
  readonly workspaceId: pulumi.Input<string>;
}

/** What the app is given, and what must exist before it starts. */
export interface BridgeProcess {
  readonly settings: AppSettings;
  readonly packageUrl: pulumi.Output<string>;
  readonly dependsOn: pulumi.Resource[];
}

/** The app once it is hosted. */
export interface HostedBridge {
  readonly id: pulumi.Output<string>;
  readonly hostName: pulumi.Output<string>;
}
