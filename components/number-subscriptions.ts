import { SystemTopicEventSubscription } from "@pulumi/azure-native/eventgrid/systemTopicEventSubscription.js";
import * as pulumi from "@pulumi/pulumi";
import type { CommunicationEvents } from "./communication-events.ts";
import type { Storage } from "./storage.ts";

export interface NumberSubscriptionsArgs {
  readonly resourceGroupName: pulumi.Input<string>;
  readonly events: CommunicationEvents;
  /** Physical names begin with it, 3 to 60 characters; unique on the topic. */
  readonly subscriptionPrefix: string;
  /** E.164; only what reaches this number is delivered. */
  readonly phoneNumber: string;
  readonly storage: Storage;
}

/** A call that nobody answered within this time has stopped ringing, and answering it would talk to no one. */
const ringingSeconds = 30;

/** Storage queues keep messages for ever with -1. */
const forEver = -1;

/** What arrives at one number, delivered to its customer's queues by the topic's own identity; what cannot be delivered goes to a container. */
export class NumberSubscriptions extends pulumi.ComponentResource {
  constructor(name: string, args: NumberSubscriptionsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("switchboard:components:NumberSubscriptions", name, {}, opts);
    // Event Grid tries the destination when a subscription is made, so the roles come first.
    const roles = args.events.principal.grant(name, args.storage.eventLink(), { parent: this });
    const common = { parent: this, dependsOn: roles };
    createSubscription(
      `${name}-calls`,
      args,
      {
        physicalName: `${args.subscriptionPrefix}-calls`,
        eventType: "Microsoft.Communication.IncomingCall",
        numberKey: "data.to.PhoneNumber.Value",
        queueName: args.storage.queues.calls,
        timeToLiveSeconds: ringingSeconds,
      },
      common,
    );
    createSubscription(
      `${name}-sms`,
      args,
      {
        physicalName: `${args.subscriptionPrefix}-sms`,
        eventType: "Microsoft.Communication.SMSReceived",
        numberKey: "data.to",
        queueName: args.storage.queues.sms,
        timeToLiveSeconds: forEver,
      },
      common,
    );
    this.registerOutputs({});
  }
}

interface Delivery {
  readonly physicalName: string;
  readonly eventType: string;
  /** Where the event says which number it reached. */
  readonly numberKey: string;
  readonly queueName: pulumi.Input<string>;
  readonly timeToLiveSeconds: number;
}

function createSubscription(name: string, args: NumberSubscriptionsArgs, delivery: Delivery, opts: pulumi.CustomResourceOptions) {
  const identity = { type: "SystemAssigned" };
  return new SystemTopicEventSubscription(
    name,
    {
      resourceGroupName: args.resourceGroupName,
      systemTopicName: args.events.topicName,
      eventSubscriptionName: delivery.physicalName,
      eventDeliverySchema: "CloudEventSchemaV1_0",
      deliveryWithResourceIdentity: {
        identity,
        destination: {
          endpointType: "StorageQueue",
          resourceId: args.storage.id,
          queueName: delivery.queueName,
          queueMessageTimeToLiveInSeconds: delivery.timeToLiveSeconds,
        },
      },
      deadLetterWithResourceIdentity: {
        identity,
        deadLetterDestination: {
          endpointType: "StorageBlob",
          resourceId: args.storage.id,
          blobContainerName: args.storage.containers.deadletter,
        },
      },
      filter: {
        includedEventTypes: [delivery.eventType],
        advancedFilters: [{ operatorType: "StringIn", key: delivery.numberKey, values: [args.phoneNumber] }],
      },
      retryPolicy: { maxDeliveryAttempts: 10, eventTimeToLiveInMinutes: 60 },
    },
    opts,
  );
}
