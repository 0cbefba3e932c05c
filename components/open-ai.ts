import { Account } from "@pulumi/azure-native/cognitiveservices/account.js";
import { Deployment } from "@pulumi/azure-native/cognitiveservices/deployment.js";
import { RaiPolicy } from "@pulumi/azure-native/cognitiveservices/raiPolicy.js";
import * as pulumi from "@pulumi/pulumi";
import { accountAccess } from "./account-access.ts";
import { computed } from "./computed.ts";
import { diagnostics } from "./diagnostics.ts";
import type { Link } from "./link.ts";
import type { Place } from "./place.ts";

/** One model of the account. */
export interface Model {
  /** OpenAI's name, e.g. `gpt-realtime-2.1`. */
  readonly name: string;
  /** A pinned version, e.g. `2026-07-07`. */
  readonly version: string;
  /** Where requests are processed and how they are billed, e.g. `GlobalStandard`. */
  readonly sku: string;
  /** Thousands of tokens a minute. */
  readonly capacity: number;
}

/** What the runtime needs models for. */
export type Purpose = "realtimeCheap" | "realtimeStrong" | "chatFast" | "chatStrong" | "embedding" | "transcription";
/** One a stack may do without: Foundry's model-router, which picks a chat model for each question. */
type ExtraPurpose = "router";

/** Something for each purpose, and for the extra one where there is one. */
type ByPurpose<Value> = Readonly<Record<Purpose, Value> & Partial<Record<ExtraPurpose, Value | undefined>>>;

export interface OpenAIArgs extends Place {
  /** Physical name, 2 to 64 characters. */
  readonly accountName: string;
  /** First label of the account's host name, unique in Azure. */
  readonly customSubDomainName: string;
  readonly sku: string;
  readonly models: ByPurpose<Model>;
  /** False closes the account to all but private endpoints. */
  readonly publicAccess: boolean;
  readonly workspaceId: pulumi.Input<string>;
}

/** In the order they are created; the names of the deployments, which is what clients call `model`. */
const deploymentNames: Readonly<Record<Purpose | ExtraPurpose, string>> = {
  realtimeCheap: "realtime-cheap",
  realtimeStrong: "realtime-strong",
  chatFast: "chat-fast",
  chatStrong: "chat-strong",
  embedding: "embedding",
  transcription: "transcription",
  router: "chat-router",
};

/** Azure OpenAI: one account, its content rules, and one deployment a purpose. */
export class OpenAI extends pulumi.ComponentResource {
  readonly id: pulumi.Output<string>;
  readonly endpoint: pulumi.Output<string>;
  /** Deployment names by purpose, known once the deployment exists. */
  readonly deployments: ByPurpose<pulumi.Output<string>>;

  constructor(name: string, args: OpenAIArgs, opts?: pulumi.ComponentResourceOptions) {
    super("switchboard:components:OpenAI", name, args, opts);
    const account = createAccount(name, args, this);
    const policy = createPolicy(name, args, account, this);
    this.deployments = createDeployments(name, args, account, policy, this);
    diagnostics(name, { resourceUri: account.id, workspaceId: args.workspaceId, logs: "allLogs", metrics: true }, this);
    this.id = account.id;
    this.endpoint = computed(account.properties, account.etag, ({ endpoint }) => endpoint);
    this.registerOutputs({ endpoint: this.endpoint });
  }

  /** Call every deployment; create or change none. */
  link(): Link<
    | "OPENAI_ENDPOINT"
    | "OPENAI_REALTIME_CHEAP"
    | "OPENAI_REALTIME_STRONG"
    | "OPENAI_CHAT_FAST"
    | "OPENAI_CHAT_STRONG"
    | "OPENAI_EMBEDDING"
    | "OPENAI_TRANSCRIPTION"
  > {
    const { router } = this.deployments;
    return {
      name: "open-ai",
      settings: {
        OPENAI_ENDPOINT: this.endpoint,
        OPENAI_REALTIME_CHEAP: this.deployments.realtimeCheap,
        OPENAI_REALTIME_STRONG: this.deployments.realtimeStrong,
        OPENAI_CHAT_FAST: this.deployments.chatFast,
        OPENAI_CHAT_STRONG: this.deployments.chatStrong,
        OPENAI_EMBEDDING: this.deployments.embedding,
        OPENAI_TRANSCRIPTION: this.deployments.transcription,
        ...(router ? { OPENAI_CHAT_ROUTER: router } : {}),
      },
      grants: [{ plane: "azure", scope: this.id, role: "Cognitive Services OpenAI User" }],
    };
  }
}

function createAccount(name: string, args: OpenAIArgs, parent: pulumi.Resource): Account {
  return new Account(
    name,
    {
      resourceGroupName: args.resourceGroupName,
      location: args.location,
      tags: args.tags,
      accountName: args.accountName,
      kind: "OpenAI",
      sku: { name: args.sku },
      identity: { type: "SystemAssigned" },
      properties: {
        // Without a subdomain of its own an account takes keys only, and private endpoints not at all (Azure docs, "custom subdomains").
        customSubDomainName: args.customSubDomainName,
        ...accountAccess(args.publicAccess),
      },
    },
    { parent },
  );
}

function createPolicy(name: string, { resourceGroupName }: OpenAIArgs, account: Account, parent: pulumi.Resource): RaiPolicy {
  const harms = ["Hate", "Sexual", "Violence", "Selfharm"].flatMap((harm) =>
    ["Prompt", "Completion"].map((source) => ({
      name: harm,
      source,
      enabled: true,
      blocking: true,
      severityThreshold: "Medium",
    })),
  );
  return new RaiPolicy(
    `${name}-content`,
    {
      resourceGroupName,
      accountName: account.name,
      raiPolicyName: "switchboard",
      properties: {
        basePolicyName: "Microsoft.DefaultV2",
        // An answer is withheld before it is spoken; Asynchronous_filter would be faster and speak first.
        mode: "Blocking",
        contentFilters: [
          ...harms,
          // Prompt Shields: someone talking the model out of its role, and instructions hidden in documents it reads. They have no severity.
          { name: "Jailbreak", source: "Prompt", enabled: true, blocking: true },
          { name: "Indirect Attack", source: "Prompt", enabled: true, blocking: true },
          { name: "Protected Material Text", source: "Completion", enabled: true, blocking: true },
          { name: "Protected Material Code", source: "Completion", enabled: true, blocking: false },
        ],
      },
    },
    { parent },
  );
}

/**
 * One after another: an account takes one change at a time and answers a second with 409 RequestConflict
 * (hashicorp/terraform-provider-azurerm#22607).
 */
function createDeployments(name: string, args: OpenAIArgs, account: Account, policy: RaiPolicy, parent: pulumi.Resource) {
  const created: Partial<Record<Purpose | ExtraPurpose, pulumi.Output<string>>> = {};
  let previous: pulumi.Resource = policy;
  for (const [purpose, deploymentName] of Object.entries(deploymentNames) as [keyof typeof deploymentNames, string][]) {
    const model = args.models[purpose];
    if (!model) continue;
    const deployment = new Deployment(
      `${name}-${deploymentName}`,
      {
        resourceGroupName: args.resourceGroupName,
        accountName: account.name,
        deploymentName,
        sku: { name: model.sku, capacity: model.capacity },
        properties: {
          model: { format: "OpenAI", name: model.name, version: model.version },
          // A model that changes by itself changes what callers hear; versions move by a reviewed change of settings.
          versionUpgradeOption: "NoAutoUpgrade",
          raiPolicyName: policy.name,
          // A router balances cost and quality by itself; the type has no `routing` for another mode (azure-native 3.28, API 2025-10-01-preview).
        },
      },
      // A deployment's name is taken until it is gone, so a replacement cannot exist beside it.
      { parent, dependsOn: [previous], deleteBeforeReplace: true },
    );
    created[purpose] = deployment.name;
    previous = deployment;
  }
  return created as OpenAI["deployments"];
}
