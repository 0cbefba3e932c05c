import { CommunicationService } from "@pulumi/azure-native/communication/communicationService.js";
import * as pulumi from "@pulumi/pulumi";
import { computed } from "./computed.ts";
import { diagnostics } from "./diagnostics.ts";
import type { Link } from "./link.ts";
import type { Place } from "./place.ts";
import { Principal } from "./principal.ts";

export interface CommunicationArgs extends Place {
  /** Physical name, 1 to 63 characters, unique in Azure. */
  readonly serviceName: string;
  /** Where data rests, e.g. `Europe`; fixed for the life of the service. */
  readonly dataLocation: string;
  /** Issuer of the tokens that callbacks and media sockets carry (its keys lie at `<authority>/calling/keys`). */
  readonly authority: string;
  /** Deleting the service gives up its phone numbers, which are not resources and do not come back. */
  readonly protect: boolean;
  readonly workspaceId: pulumi.Input<string>;
}

/** Azure Communication Services: phone calls and SMS. */
export class Communication extends pulumi.ComponentResource {
  readonly id: pulumi.Output<string>;
  readonly endpoint: pulumi.Output<string>;
  /** Audience of the service's own tokens. */
  readonly immutableResourceId: pulumi.Output<string>;
  /** The service itself, for the storage it writes recordings to. */
  readonly principal: Principal;
  readonly #authority: string;

  constructor(name: string, args: CommunicationArgs, opts?: pulumi.ComponentResourceOptions) {
    super("switchboard:components:Communication", name, args, opts);
    const service = createService(name, args, this);
    diagnostics(name, { resourceUri: service.id, workspaceId: args.workspaceId, logs: "allLogs", metrics: true }, this);
    this.id = service.id;
    this.endpoint = pulumi.interpolate`https://${service.hostName}`;
    this.immutableResourceId = service.immutableResourceId;
    this.principal = new Principal({
      principalId: computed(service.identity, service.hostName, (identity) => identity?.principalId),
      kind: "identity",
    });
    this.#authority = args.authority;
    this.registerOutputs({ endpoint: this.endpoint });
  }

  /** Carry a number's calls: answer, dial, record and text, and recognise the service when it calls back. */
  link(): Link<
    | "PHONE_CARRIER"
    | "COMMUNICATION_ENDPOINT"
    | "COMMUNICATION_RESOURCE_ID"
    | "COMMUNICATION_ACCOUNT_ID"
    | "CALL_AUTOMATION_AUTHORITY"
  > {
    return {
      name: "communication",
      settings: {
        PHONE_CARRIER: "acs",
        COMMUNICATION_ENDPOINT: this.endpoint,
        COMMUNICATION_RESOURCE_ID: this.immutableResourceId,
        COMMUNICATION_ACCOUNT_ID: this.id,
        CALL_AUTOMATION_AUTHORITY: this.#authority,
      },
      // The service has no narrower built-in role that reaches Call Automation.
      grants: [{ plane: "azure", scope: this.id, role: "Communication and Email Service Owner" }],
    };
  }
}

function createService(name: string, args: CommunicationArgs, parent: pulumi.Resource): CommunicationService {
  return new CommunicationService(
    name,
    {
      resourceGroupName: args.resourceGroupName,
      tags: args.tags,
      communicationServiceName: args.serviceName,
      // The service has no region; only its data has a place.
      location: "global",
      dataLocation: args.dataLocation,
      identity: { type: "SystemAssigned" },
      disableLocalAuth: true,
      // It dials in to callbacks and media sockets and has no private endpoint (azure-native `communication` module, 2026-03-18).
      publicNetworkAccess: "Enabled",
    },
    { parent, protect: args.protect, retainOnDelete: args.protect },
  );
}
