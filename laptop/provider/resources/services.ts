/** What apps talk to: models, speech, translation, SignalR, the phone network, and the events it raises. */
import { ContainerClient } from "@azure/storage-blob";
import { createCommunication } from "../../communication/communication.ts";
import type { Filter } from "../../event-grid/filter.ts";
import type { TokenRequest } from "../../identity/directory.ts";
import { createModel } from "../../model/model.ts";
import { createOpenAI, type OpenAIStandIn } from "../../openai/open-ai.ts";
import type { Service } from "../../service.ts";
import { createSignalR } from "../../signalr/signalr.ts";
import { createSpeech } from "../../speech/speech.ts";
import { createTranslator } from "../../translator/translator.ts";
import { createFoundry } from "../../voice-live/foundry.ts";
import { createVoiceLive } from "../../voice-live/voice-live.ts";
import { armId, text } from "../arm.ts";
import type { Laptop } from "../laptop.ts";
import type { Realisation } from "../realisation.ts";
import type { KeptStorage } from "./data.ts";
import { stableUuid, systemIdentity } from "./identity.ts";

const cognitiveTemplate = "Microsoft.CognitiveServices/accounts/{accountName}";

const cognitiveAccount: Realisation = {
  async create(inputs, laptop) {
    const id = armId(inputs, cognitiveTemplate);
    const name = text(inputs, "accountName");
    const kind = text(inputs, "kind");
    const identity = systemIdentity(id, inputs, laptop.directory);
    const standIn = cognitiveService(kind, id, laptop);
    const { host } = await laptop.listen(id, standIn);
    const open = () => standIn.open?.() ?? {};
    laptop.running.push({ id, service: cognitiveNames[kind] ?? kind, name, address: `https://${host}/`, open });
    const properties = { ...(inputs.properties as object), endpoint: `https://${host}/` };
    return {
      id,
      outputs: {
        properties,
        etag: id,
        ...(identity ? { identity: { principalId: identity.objectId, tenantId: laptop.directory.tenantId } } : {}),
      },
    };
  },
};

const cognitiveNames: Readonly<Record<string, string>> = {
  OpenAI: "Azure OpenAI",
  AIServices: "Speech",
  TextTranslation: "Translator",
};

function cognitiveService(kind: string, accountId: string, laptop: Laptop): Service {
  const { directory: access, clock, voice, random } = laptop;
  if (kind === "OpenAI")
    return laptop.keep(
      accountId,
      createOpenAI({
        access,
        accountId,
        clock,
        voice,
        random,
        model: createModel(),
        trunk: { exchange: laptop.exchange, numbers: [laptop.phoneNumber] },
        ...laptop.model,
      }),
    );
  // A Foundry account could hold models too; the graph's holds none.
  if (kind === "AIServices")
    return createFoundry({
      speech: createSpeech({ access, accountId, voice }),
      voiceLive: createVoiceLive({ access, accountId, clock, voice, random, model: createModel() }),
    });
  if (kind === "TextTranslation") return createTranslator({ access, accountId });
  throw new Error(`kind "${kind}" has no stand-in; there are ${Object.keys(cognitiveNames).join(", ")}.`);
}

const deployment: Realisation = {
  create(inputs, laptop) {
    const { model } = inputs.properties as { model: { name: string; version: string } };
    const { capacity } = inputs.sku as { capacity: number };
    const account = laptop.find<OpenAIStandIn>(armId(inputs, cognitiveTemplate));
    const name = text(inputs, "deploymentName");
    account.createDeployment({ name, model: model.name, version: model.version, capacity });
    const models = laptop.model.upstream?.models;
    // Azure alone has a router; at another server the strong chat model answers for it.
    if (models) models[name] ??= (model.name === "model-router" && models["chat-strong"]) || model.name;
    return { id: armId(inputs, `${cognitiveTemplate}/deployments/{deploymentName}`), outputs: {} };
  },
  delete(_id, inputs, laptop) {
    laptop.find<OpenAIStandIn>(armId(inputs, cognitiveTemplate)).removeDeployment(text(inputs, "deploymentName"));
  },
};

interface UpstreamTemplate {
  readonly urlTemplate: string;
  readonly hubPattern?: string;
  readonly categoryPattern?: string;
  readonly eventPattern?: string;
  readonly auth?: { readonly managedIdentity?: { readonly resource?: string } };
}

const signalR: Realisation = {
  async create(inputs, laptop) {
    const id = armId(inputs, "Microsoft.SignalRService/signalR/{resourceName}");
    const { allowedOrigins = [] } = (inputs.cors ?? {}) as { allowedOrigins?: string[] };
    const { templates = [] } = (inputs.upstream ?? {}) as { templates?: UpstreamTemplate[] };
    const [userAssigned] = ((inputs.identity ?? {}) as { userAssignedIdentities?: string[] }).userAssignedIdentities ?? [];
    const identity = userAssigned
      ? laptop.find<{ objectId: string; clientId: string }>(userAssigned)
      : systemIdentity(id, inputs, laptop.directory);
    const directory = { token: (request: TokenRequest) => laptop.directory.identityToken(request) };
    const upstreams = templates.map(({ auth, ...template }) => {
      const audience = auth?.managedIdentity?.resource;
      if (!identity || !audience)
        throw new Error("an upstream is told under the service's own identity; give it auth.managedIdentity.resource.");
      return { ...template, audience, identityObjectId: identity.objectId, directory };
    });
    const standIn = createSignalR({
      access: laptop.directory,
      serviceId: id,
      clock: laptop.clock,
      clientOrigins: allowedOrigins,
      upstreams,
    });
    const { host } = await laptop.listen(id, standIn);
    const open = () => standIn.open?.() ?? {};
    laptop.running.push({ id, service: "SignalR", name: text(inputs, "resourceName"), address: `https://${host}`, open });
    return { id, outputs: { hostName: host, ...(identity ? { identity: { principalId: identity.objectId } } : {}) } };
  },
};

const communication: Realisation = {
  async create(inputs, laptop) {
    const id = armId(inputs, "Microsoft.Communication/communicationServices/{communicationServiceName}");
    const immutableResourceId = stableUuid(laptop.directory.tenantId, id);
    const identity = systemIdentity(id, inputs, laptop.directory);
    const standIn = createCommunication({
      access: laptop.directory,
      accountId: id,
      immutableResourceId,
      clock: laptop.clock,
      random: laptop.random,
      authority: laptop.callAutomation,
      exchange: laptop.exchange,
      numbers: [laptop.phoneNumber],
      publish: (event) => laptop.events.publish({ sourceId: id, ...event }),
      voice: laptop.voice,
      ...(identity ? { recordings: recordings(laptop, identity.objectId) } : {}),
    });
    const { host } = await laptop.listen(id, standIn);
    laptop.running.push({
      id,
      service: "Communication Services",
      name: text(inputs, "communicationServiceName"),
      address: `https://${host}/`,
    });
    return {
      id,
      outputs: { hostName: host, immutableResourceId, ...(identity ? { identity: { principalId: identity.objectId } } : {}) },
    };
  },
};

/** Recordings land where the app asks, written under the resource's own identity: without its role on the account they do not. */
function recordings({ directory }: Laptop, objectId: string) {
  return {
    async write(name: string, bytes: Uint8Array, containerUrl: string | undefined): Promise<string> {
      if (!containerUrl) throw new Error("Recordings need a container of one's own; name one when the recording starts.");
      const blob = new ContainerClient(containerUrl, directory.credential(objectId)).getBlockBlobClient(name);
      await blob.uploadData(bytes, { blobHTTPHeaders: { blobContentType: "audio/wav" } });
      return blob.url;
    },
  };
}

const systemTopic: Realisation = {
  create(inputs, laptop) {
    const id = armId(inputs, "Microsoft.EventGrid/systemTopics/{systemTopicName}");
    const identity = systemIdentity(id, inputs, laptop.directory);
    if (!identity) throw new Error("a topic delivers with its own identity; give it identity: { type: SystemAssigned }.");
    laptop.events.createTopic({ id, sourceId: text(inputs, "source"), identityObjectId: identity.objectId });
    return {
      id,
      outputs: {
        metricResourceId: identity.objectId,
        identity: { principalId: identity.objectId, tenantId: laptop.directory.tenantId },
      },
    };
  },
};

interface Delivery {
  readonly destination: {
    readonly resourceId: string;
    readonly queueName: string;
    readonly queueMessageTimeToLiveInSeconds?: number;
  };
}
interface DeadLetter {
  readonly deadLetterDestination: { readonly resourceId: string; readonly blobContainerName: string };
}

const eventSubscription: Realisation = {
  create(inputs, laptop) {
    const id = armId(inputs, "Microsoft.EventGrid/systemTopics/{systemTopicName}/eventSubscriptions/{eventSubscriptionName}");
    const { destination } = inputs.deliveryWithResourceIdentity as Delivery;
    const deadLetter = (inputs.deadLetterWithResourceIdentity as DeadLetter | undefined)?.deadLetterDestination;
    const retry = inputs.retryPolicy as { maxDeliveryAttempts?: number; eventTimeToLiveInMinutes?: number } | undefined;
    laptop.events.createSubscription({
      topicId: armId(inputs, "Microsoft.EventGrid/systemTopics/{systemTopicName}"),
      name: text(inputs, "eventSubscriptionName"),
      filter: inputs.filter as Filter,
      schema: text(inputs, "eventDeliverySchema") as "CloudEventSchemaV1_0" | "EventGridSchema",
      destination: {
        queueEndpoint: endpoints(laptop, destination.resourceId).queue,
        queueName: destination.queueName,
        ...(destination.queueMessageTimeToLiveInSeconds === undefined
          ? {}
          : { ttlSeconds: destination.queueMessageTimeToLiveInSeconds }),
      },
      ...(deadLetter
        ? { deadLetter: { blobEndpoint: endpoints(laptop, deadLetter.resourceId).blob, container: deadLetter.blobContainerName } }
        : {}),
      ...(retry ? { retryPolicy: retry } : {}),
    });
    return { id, outputs: {} };
  },
};

/** Where a storage account listens, without the slash its outputs end in. */
function endpoints(laptop: Laptop, accountId: string): { blob: string; queue: string } {
  const kept = laptop.find<KeptStorage>(accountId).endpoints;
  return { blob: kept.blob.replace(/\/$/, ""), queue: kept.queue.replace(/\/$/, "") };
}

export const serviceResources: Readonly<Record<string, Realisation>> = {
  "azure-native:cognitiveservices:Account": cognitiveAccount,
  "azure-native:cognitiveservices:Deployment": deployment,
  "azure-native:signalrservice:SignalR": signalR,
  "azure-native:communication:CommunicationService": communication,
  "azure-native:eventgrid:SystemTopic": systemTopic,
  "azure-native:eventgrid:SystemTopicEventSubscription": eventSubscription,
};
