import { ContainerApp } from "@pulumi/azure-native/app/containerApp.js";
import type * as pulumi from "@pulumi/pulumi";
import type { BridgeHost, BridgeHostArgs, BridgeProcess, HostedBridge } from "./bridge-host.ts";
import { computed } from "./computed.ts";
import { startCommand } from "./start-command.ts";

type Container = Extract<BridgeHost, { kind: "container-app" }>;

const port = 8080;

/** Sockets one replica carries before another is started; bench/ says what a replica can bear. */
const socketsPerReplica = "20";

/** The bridge on Container Apps: a stock Node image that fetches our package as the app's identity, so there is no registry to run. */
export function containerBridge(
  name: string,
  args: BridgeHostArgs,
  host: Container,
  process: BridgeProcess,
  parent: pulumi.Resource,
): HostedBridge {
  const app = new ContainerApp(
    name,
    {
      resourceGroupName: args.resourceGroupName,
      location: args.location,
      tags: args.tags,
      containerAppName: args.appName,
      environmentId: host.environmentId,
      workloadProfileName: "Consumption",
      identity: { type: "UserAssigned", userAssignedIdentities: [args.identity.id] },
      configuration: {
        // A new revision starts beside the old one, which keeps its calls until they end or the grace period does.
        activeRevisionsMode: "Single",
        ingress: {
          // The phone side dials in from the internet; who may connect is decided at the upgrade, by token and nonce.
          external: true,
          targetPort: port,
          transport: "auto",
          allowInsecure: false,
          stickySessions: { affinity: "none" },
          traffic: [{ latestRevision: true, weight: 100 }],
        },
        // Only the app itself may be this identity, no start-up helper of the platform.
        identitySettings: [{ identity: args.identity.id, lifecycle: "Main" }],
      },
      template: {
        // The platform's maximum: a call in progress has ten minutes to end or to be handed over.
        terminationGracePeriodSeconds: 600,
        containers: [container(args, host, process)],
        scale: {
          minReplicas: args.minReplicas,
          maxReplicas: args.maxReplicas,
          // Requests say little about sockets that stay open, so sockets are counted.
          rules: [{ name: "sockets", tcp: { metadata: { concurrentConnections: socketsPerReplica } } }],
        },
      },
    },
    { parent, dependsOn: process.dependsOn },
  );
  return {
    id: app.id,
    hostName: computed(app.configuration, app.latestRevisionFqdn, (configuration) => configuration?.ingress?.fqdn),
  };
}

function container(args: BridgeHostArgs, host: Container, process: BridgeProcess) {
  const probe = (type: "Startup" | "Liveness" | "Readiness", path: string, periodSeconds: number, failureThreshold: number) => ({
    type,
    httpGet: { path, port, scheme: "HTTP" },
    periodSeconds,
    failureThreshold,
    timeoutSeconds: 5,
  });
  return {
    name: "bridge",
    image: host.image,
    command: startCommand(),
    resources: { cpu: 0.5, memory: "1Gi" },
    env: [
      ...Object.entries(process.settings).map(([name, value]) => ({ name, value })),
      { name: "PORT", value: String(port) },
      { name: "PACKAGE_URL", value: process.packageUrl },
      { name: "PACKAGE_SHA256", value: args.package.sha256 },
    ],
    probes: [
      // Twenty tries of three seconds: fetching the package waits for a role to hold.
      probe("Startup", "/healthz", 3, 20),
      probe("Liveness", "/healthz", 10, 3),
      probe("Readiness", "/readyz", 10, 1),
    ],
  };
}
