import { SystemTopic } from "@pulumi/azure-native/eventgrid/systemTopic.js";
import * as pulumi from "@pulumi/pulumi";
import { computed } from "./computed.ts";
import { diagnostics } from "./diagnostics.ts";
import type { Place } from "./place.ts";
import { Principal } from "./principal.ts";

export interface CommunicationEventsArgs extends Place {
  /** Physical name, 3 to 128 characters. */
  readonly topicName: string;
  /** ARM id of the Communication service whose events these are; a source has one topic. */
  readonly sourceId: pulumi.Input<string>;
  readonly workspaceId: pulumi.Input<string>;
}

/** Event Grid's view of the Communication service: calls that ring, messages that arrive. Customers subscribe to their own number. */
export class CommunicationEvents extends pulumi.ComponentResource {
  readonly id: pulumi.Output<string>;
  readonly topicName: pulumi.Output<string>;
  /** The topic itself, for the queues it delivers to. */
  readonly principal: Principal;

  constructor(name: string, args: CommunicationEventsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("switchboard:components:CommunicationEvents", name, args, opts);
    const topic = createTopic(name, args, this);
    diagnostics(name, { resourceUri: topic.id, workspaceId: args.workspaceId, logs: "allLogs", metrics: true }, this);
    this.id = topic.id;
    this.topicName = topic.name;
    this.principal = new Principal({
      principalId: computed(topic.identity, topic.metricResourceId, (identity) => identity?.principalId),
      kind: "identity",
    });
    this.registerOutputs({ topicName: this.topicName });
  }
}

function createTopic(name: string, args: CommunicationEventsArgs, parent: pulumi.Resource): SystemTopic {
  return new SystemTopic(
    name,
    {
      resourceGroupName: args.resourceGroupName,
      tags: args.tags,
      systemTopicName: args.topicName,
      // A topic lives where its source does, and Communication services are global.
      location: "global",
      source: args.sourceId,
      topicType: "Microsoft.Communication.CommunicationServices",
      // System-assigned: behind a storage firewall only that identity passes as a trusted service (MicrosoftDocs/azure-docs#105746).
      identity: { type: "SystemAssigned" },
    },
    { parent },
  );
}
