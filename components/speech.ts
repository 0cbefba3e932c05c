import { Account } from "@pulumi/azure-native/cognitiveservices/account.js";
import * as pulumi from "@pulumi/pulumi";
import { accountAccess } from "./account-access.ts";
import { computed } from "./computed.ts";
import { diagnostics } from "./diagnostics.ts";
import type { Link } from "./link.ts";
import type { Place } from "./place.ts";

export interface SpeechArgs extends Place {
  /** Physical name of the Foundry account and its subdomain, 2 to 64 characters, unique in Azure. */
  readonly speechName: string;
  /** The same for the Translator account. */
  readonly translatorName: string;
  readonly publicAccess: boolean;
  readonly workspaceId: pulumi.Input<string>;
}

/** Hearing, speaking and translating for calls that do not use a speech-to-speech model of ours. */
export class Speech extends pulumi.ComponentResource {
  readonly speechId: pulumi.Output<string>;
  readonly translatorId: pulumi.Output<string>;
  readonly #speech: Account;
  readonly #translator: Account;

  constructor(name: string, args: SpeechArgs, opts?: pulumi.ComponentResourceOptions) {
    super("switchboard:components:Speech", name, args, opts);
    // A Foundry resource: a plain Speech one has no name below services.ai.azure.com, which is Voice Live's address.
    this.#speech = createAccount(name, args, { accountName: args.speechName, kind: "AIServices", sku: "S0" }, this);
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
    const { settings, grants } = this.promptLink();
    return {
      name: "speech",
      settings: { ...settings, SPEECH_RESOURCE_ID: this.speechId },
      grants: [{ plane: "azure", scope: this.speechId, role: "Cognitive Services Speech User" }, ...grants],
    };
  }

  /** Translate phrases, and name the account to Communication Services, which speaks with it under an identity of its own. */
  promptLink(): Link<"SPEECH_ENDPOINT" | "TRANSLATOR_ENDPOINT"> {
    return {
      name: "speech",
      settings: { SPEECH_ENDPOINT: endpointOf(this.#speech), TRANSLATOR_ENDPOINT: endpointOf(this.#translator) },
      grants: [{ plane: "azure", scope: this.translatorId, role: "Cognitive Services User" }],
    };
  }

  /** Hold conversations by Voice Live, which takes both roles (Azure docs, "voice-live-how-to", authentication). */
  voiceLiveLink(): Link<"VOICE_LIVE_ENDPOINT"> {
    return {
      name: "voice-live",
      settings: { VOICE_LIVE_ENDPOINT: voiceLiveOf(this.#speech) },
      grants: [
        { plane: "azure", scope: this.speechId, role: "Cognitive Services User" },
        { plane: "azure", scope: this.speechId, role: "Foundry User" },
      ],
    };
  }

  /** Speak texts to callers; for Communication Services itself (Azure docs, "Connect Azure Communication Services to Azure AI services"). */
  voiceLink(): Link<never> {
    return {
      name: "speech",
      settings: {},
      grants: [{ plane: "azure", scope: this.speechId, role: "Cognitive Services User" }],
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
        ...accountAccess(args.publicAccess),
      },
    },
    { parent },
  );
  diagnostics(name, { resourceUri: created.id, workspaceId: args.workspaceId, logs: "audit", metrics: true }, parent);
  return created;
}

const endpointOf = ({ properties, etag }: Account) => computed(properties, etag, ({ endpoint }) => endpoint);

/** Foundry's own name for the account; its older name, which Voice Live answers to as well, where there is none ("voice-live-how-to"). */
const voiceLiveOf = ({ properties, etag }: Account) =>
  computed(properties, etag, ({ endpoint, endpoints }) => endpoints?.["AI Foundry API"] ?? endpoint);
