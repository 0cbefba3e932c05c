import { ContainerApp } from "@pulumi/azure-native/app/containerApp.js";
import type * as pulumi from "@pulumi/pulumi";
import type { BridgeHost, BridgeHostArgs, BridgeProcess, HostedBridge } from "./bridge-host.ts";
import { computed } from "./computed.ts";
import { startCommand } from "./start-command.ts";

type Container = Extract<BridgeHost, { kind: "container-app" }>;

const port = 8080;

/** Another replica is started when those there are are this full: a start takes most of a minute, and calls go on coming in it. */
const fullness = 0.7;

/** Sockets at which another replica is started. A call has one: the phone's. */
const socketsPerReplica = (callsPerReplica: number): string => String(Math.ceil(callsPerReplica * fullness));

/**
 * One core a hundred calls (bench/), in the quarters that the Consumption profile sells; memory is twice the cores there. One Node process fills
 * no more than about two.
 */
function resourcesFor(callsPerReplica: number): { cpu: number; memory: string } {
  const cpu = Math.min(2, Math.max(0.5, Math.ceil(callsPerReplica / 25) / 4));
  return { cpu, memory: `${cpu * 2}Gi` };
}

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
        // A new revision takes the new calls once it is ready; the old one is then stopped, and keeps its calls until they end or have moved.
        // Several active revisions would share new calls between two versions of the code, and leave the old ones running for good.
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
          rules: [{ name: "sockets", tcp: { metadata: { concurrentConnections: socketsPerReplica(args.callsPerReplica) } } }],
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
    timeoutSeconds: Math.min(5, periodSeconds),
  });
  return {
    name: "bridge",
    image: host.image,
    command: startCommand(),
    resources: resourcesFor(args.callsPerReplica),
    env: [
      ...Object.entries(process.settings).map(([name, value]) => ({ name, value })),
      { name: "PORT", value: String(port) },
      { name: "PACKAGE_URL", value: process.packageUrl },
      { name: "PACKAGE_SHA256", value: args.package.sha256 },
    ],
    probes: [
      // A minute, since fetching the package waits for a role to hold; Azure takes no more than ten failures.
      probe("Startup", "/healthz", 6, 10),
      probe("Liveness", "/healthz", 10, 3),
      // Each second, and one answer is enough: a full or draining replica gets no new socket, and a free one gets them again. Sockets that are
      // open stay open.
      probe("Readiness", "/readyz", 1, 1),
    ],
  };
}
