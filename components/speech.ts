import { Account } from "@pulumi/azure-native/cognitiveservices/account.js";
import * as pulumi from "@pulumi/pulumi";
import { computed } from "./computed.ts";
import { diagnostics } from "./diagnostics.ts";
import type { Link } from "./link.ts";
import type { Place } from "./place.ts";

export interface SpeechArgs extends Place {
  /** Physical name of the Speech account and its subdomain, 2 to 64 characters, unique in Azure. */
  readonly speechName: string;
  /** The same for the Translator account. */
  readonly translatorName: string;
  readonly publicAccess: boolean;
  readonly workspaceId: pulumi.Input<string>;
}

/** Hearing, speaking and translating for calls that do not use a speech-to-speech model. */
export class Speech extends pulumi.ComponentResource {
  readonly speechId: pulumi.Output<string>;
  readonly translatorId: pulumi.Output<string>;
  readonly #speech: Account;
  readonly #translator: Account;

  constructor(name: string, args: SpeechArgs, opts?: pulumi.ComponentResourceOptions) {
    super("switchboard:components:Speech", name, args, opts);
    this.#speech = createAccount(name, args, { accountName: args.speechName, kind: "SpeechServices", sku: "S0" }, this);
    this.#translator = createAccount(
      `${name}-translator`,
      args,
      { accountName: args.translatorName, kind: "TextTranslation", sku: "S1" },
      this,
    );
    this.speechId = this.#speech.id;
    this.translatorId = this.#translator.id;
    this.registerOutputs({ endpoint: endpointOf(this.#speech) });
  }

  /** Recognise, synthesise and translate. */
  link(): Link<"SPEECH_ENDPOINT" | "SPEECH_RESOURCE_ID" | "TRANSLATOR_ENDPOINT"> {
    return {
      name: "speech",
      settings: {
        SPEECH_ENDPOINT: endpointOf(this.#speech),
        SPEECH_RESOURCE_ID: this.speechId,
        TRANSLATOR_ENDPOINT: endpointOf(this.#translator),
      },
      grants: [
        { plane: "azure", scope: this.speechId, role: "Cognitive Services Speech User" },
        { plane: "azure", scope: this.translatorId, role: "Cognitive Services User" },
      ],
    };
  }
}

function createAccount(
  name: string,
  args: SpeechArgs,
  account: { readonly accountName: string; readonly kind: string; readonly sku: string },
  parent: pulumi.Resource,
): Account {
  const created = new Account(
    name,
    {
      resourceGroupName: args.resourceGroupName,
      location: args.location,
      tags: args.tags,
      accountName: account.accountName,
      kind: account.kind,
      sku: { name: account.sku },
      identity: { type: "SystemAssigned" },
      properties: {
        // Entra tokens are only taken at a subdomain of the account's own.
        customSubDomainName: account.accountName,
        disableLocalAuth: true,
        publicNetworkAccess: args.publicAccess ? "Enabled" : "Disabled",
        networkAcls: { defaultAction: args.publicAccess ? "Allow" : "Deny", ipRules: [], virtualNetworkRules: [] },
      },
    },
    { parent },
  );
  diagnostics(name, { resourceUri: created.id, workspaceId: args.workspaceId, logs: "audit", metrics: true }, parent);
  return created;
}

const endpointOf = ({ properties, etag }: Account) => computed(properties, etag, ({ endpoint }) => endpoint);
