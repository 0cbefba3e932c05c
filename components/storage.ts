import { BlobContainer } from "@pulumi/azure-native/storage/blobContainer.js";
import { BlobServiceProperties } from "@pulumi/azure-native/storage/blobServiceProperties.js";
import { ManagementPolicy } from "@pulumi/azure-native/storage/managementPolicy.js";
import { Queue } from "@pulumi/azure-native/storage/queue.js";
import { StorageAccount } from "@pulumi/azure-native/storage/storageAccount.js";
import * as pulumi from "@pulumi/pulumi";
import { diagnostics } from "./diagnostics.ts";
import type { Link } from "./link.ts";
import type { Place } from "./place.ts";

/** `deadletter` without a hyphen, as Event Grid's own samples have it. */
const containerNames = ["recordings", "sounds", "packages", "deadletter", "deployments"] as const;
const queueNames = { calls: "calls", sms: "sms", afterCall: "after-call", webhooks: "webhooks" } as const;

export type ContainerName = (typeof containerNames)[number];
export type QueueName = keyof typeof queueNames;

export interface StorageArgs extends Place {
  /** Physical name, 3 to 24 lower case letters and digits, unique in Azure. */
  readonly accountName: string;
  /** How many copies and where: `Standard_LRS` one building, `Standard_ZRS` three zones, `Standard_GZRS` a second region too. */
  readonly redundancy: string;
  /** Recordings are deleted this many days after the call. */
  readonly recordingsDays: number;
  readonly publicAccess: boolean;
  /** Production data outlives a mistaken destroy. */
  readonly protect: boolean;
  readonly workspaceId: pulumi.Input<string>;
}

/** One customer's storage account: queues of work, recordings, code, and what could not be delivered. */
export class Storage extends pulumi.ComponentResource {
  readonly id: pulumi.Output<string>;
  readonly blobEndpoint: pulumi.Output<string>;
  readonly queueEndpoint: pulumi.Output<string>;
  readonly tableEndpoint: pulumi.Output<string>;
  readonly queues: Readonly<Record<QueueName, pulumi.Output<string>>>;
  readonly containers: Readonly<Record<ContainerName, pulumi.Output<string>>>;
  readonly #scopes: Readonly<Record<ContainerName, pulumi.Output<string>>>;

  constructor(name: string, args: StorageArgs, opts?: pulumi.ComponentResourceOptions) {
    super("switchboard:components:Storage", name, args, opts);
    const account = createAccount(name, args, this);
    const queues = createQueues(name, args, account, this);
    const containers = createContainers(name, args, account, this);
    createRetention(name, args, account, this);
    createDiagnostics(name, args, account, this);
    this.id = account.id;
    this.blobEndpoint = account.primaryEndpoints.blob;
    this.queueEndpoint = account.primaryEndpoints.queue;
    this.tableEndpoint = account.primaryEndpoints.table;
    this.queues = byQueue((queue) => queues[queue].name);
    this.containers = byContainer((container) => containers[container].name);
    this.#scopes = byContainer(
      (container) => pulumi.interpolate`${account.id}/blobServices/default/containers/${containers[container].name}`,
    );
    this.registerOutputs({ blobEndpoint: this.blobEndpoint, queueEndpoint: this.queueEndpoint });
  }

  /** Take work from the queues and add to them. */
  queueLink(): Link<"QUEUE_ENDPOINT" | "CALLS_QUEUE" | "SMS_QUEUE" | "AFTER_CALL_QUEUE" | "WEBHOOKS_QUEUE"> {
    return {
      name: "queues",
      settings: {
        QUEUE_ENDPOINT: this.queueEndpoint,
        CALLS_QUEUE: this.queues.calls,
        SMS_QUEUE: this.queues.sms,
        AFTER_CALL_QUEUE: this.queues.afterCall,
        WEBHOOKS_QUEUE: this.queues.webhooks,
      },
      // On the account: the Functions host moves what fails five times to a `-poison` queue, which it looks up by name.
      grants: [{ plane: "azure", scope: this.id, role: "Storage Queue Data Contributor" }],
    };
  }

  /** Keep and read recordings. */
  recordingLink(): Link<"BLOB_ENDPOINT" | "RECORDINGS_CONTAINER"> {
    return {
      name: "recordings",
      settings: { BLOB_ENDPOINT: this.blobEndpoint, RECORDINGS_CONTAINER: this.containers.recordings },
      grants: [{ plane: "azure", scope: this.#scopes.recordings, role: "Storage Blob Data Contributor" }],
    };
  }

  /** Read an app's code. */
  packageLink(): Link<never> {
    return {
      name: "packages",
      settings: {},
      grants: [{ plane: "azure", scope: this.#scopes.packages, role: "Storage Blob Data Reader" }],
    };
  }

  /** Put an app's code there; for whoever deploys. */
  publishLink(): Link<never> {
    return {
      name: "packages",
      settings: {},
      grants: [{ plane: "azure", scope: this.#scopes.packages, role: "Storage Blob Data Contributor" }],
    };
  }

  /** Deliver events: to the queues, and to the dead letters what no queue takes (MicrosoftDocs/azure-docs#98216). */
  eventLink(): Link<never> {
    return {
      name: "storage",
      settings: {},
      grants: [
        { plane: "azure", scope: this.id, role: "Storage Queue Data Message Sender" },
        { plane: "azure", scope: this.#scopes.deadletter, role: "Storage Blob Data Contributor" },
      ],
    };
  }

  /** What the Functions host keeps for itself: leases, timers, code (Azure-Samples/azure-functions-flex-consumption-samples, rbac.bicep). */
  hostLink(): Link<never> {
    return {
      name: "storage",
      settings: {},
      grants: [
        { plane: "azure", scope: this.id, role: "Storage Blob Data Owner" },
        { plane: "azure", scope: this.id, role: "Storage Queue Data Contributor" },
        { plane: "azure", scope: this.id, role: "Storage Table Data Contributor" },
      ],
    };
  }
}

function byContainer<T>(make: (container: ContainerName) => T): Record<ContainerName, T> {
  return Object.fromEntries(containerNames.map((container) => [container, make(container)])) as Record<ContainerName, T>;
}

function byQueue<T>(make: (queue: QueueName) => T): Record<QueueName, T> {
  return Object.fromEntries((Object.keys(queueNames) as QueueName[]).map((queue) => [queue, make(queue)])) as Record<
    QueueName,
    T
  >;
}

function createAccount(name: string, args: StorageArgs, parent: pulumi.Resource): StorageAccount {
  return new StorageAccount(
    name,
    {
      resourceGroupName: args.resourceGroupName,
      location: args.location,
      tags: args.tags,
      accountName: args.accountName,
      kind: "StorageV2",
      sku: { name: args.redundancy },
      allowSharedKeyAccess: false,
      defaultToOAuthAuthentication: true,
      allowBlobPublicAccess: false,
      allowCrossTenantReplication: false,
      isLocalUserEnabled: false,
      minimumTlsVersion: "TLS1_2",
      enableHttpsTrafficOnly: true,
      // Never "Disabled": Event Grid and Communication Services deliver as trusted services, which the firewall below lets through; everyone
      // else comes through a private endpoint when access is not public (MicrosoftDocs/azure-docs#105746).
      publicNetworkAccess: "Enabled",
      networkRuleSet: { defaultAction: args.publicAccess ? "Allow" : "Deny", bypass: "AzureServices" },
    },
    { parent, protect: args.protect, retainOnDelete: args.protect },
  );
}

/** Each queue has its `-poison` twin from the start, so that an alert can watch it before anything ever failed. */
function createQueues(
  name: string,
  { resourceGroupName }: StorageArgs,
  account: StorageAccount,
  parent: pulumi.Resource,
): Record<QueueName, Queue> {
  const create = (queueName: string) =>
    new Queue(`${name}-${queueName}`, { resourceGroupName, accountName: account.name, queueName }, { parent });
  for (const queueName of Object.values(queueNames)) create(`${queueName}-poison`);
  return byQueue((queue) => create(queueNames[queue]));
}

function createContainers(name: string, { resourceGroupName }: StorageArgs, account: StorageAccount, parent: pulumi.Resource) {
  return byContainer(
    (containerName) =>
      new BlobContainer(
        `${name}-${containerName}`,
        { resourceGroupName, accountName: account.name, containerName, publicAccess: "None" },
        { parent },
      ),
  );
}

function createRetention(name: string, args: StorageArgs, account: StorageAccount, parent: pulumi.Resource): void {
  const { resourceGroupName } = args;
  const week = { enabled: true, days: 7 };
  new BlobServiceProperties(
    `${name}-blobs`,
    {
      resourceGroupName,
      accountName: account.name,
      blobServicesName: "default",
      deleteRetentionPolicy: week,
      containerDeleteRetentionPolicy: week,
    },
    { parent },
  );
  new ManagementPolicy(
    `${name}-retention`,
    {
      resourceGroupName,
      accountName: account.name,
      managementPolicyName: "default",
      policy: {
        rules: [expiry("recordings", args.recordingsDays), expiry("deadletter", 30)],
      },
    },
    { parent },
  );
}

function expiry(container: ContainerName, days: number) {
  return {
    name: `expire-${container}`,
    type: "Lifecycle",
    enabled: true,
    definition: {
      filters: { blobTypes: ["blockBlob"], prefixMatch: [`${container}/`] },
      actions: { baseBlob: { delete: { daysAfterModificationGreaterThan: days } } },
    },
  };
}

/** An account has no logs of its own; its services do. */
function createDiagnostics(name: string, { workspaceId }: StorageArgs, account: StorageAccount, parent: pulumi.Resource): void {
  for (const service of ["blob", "queue", "table"])
    diagnostics(
      `${name}-${service}`,
      { resourceUri: pulumi.interpolate`${account.id}/${service}Services/default`, workspaceId, logs: "audit", metrics: true },
      parent,
    );
}
