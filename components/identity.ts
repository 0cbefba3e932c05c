import { UserAssignedIdentity } from "@pulumi/azure-native/managedidentity/userAssignedIdentity.js";
import * as pulumi from "@pulumi/pulumi";
import type { Link } from "./link.ts";
import type { Place } from "./place.ts";
import { Principal } from "./principal.ts";

export interface IdentityArgs extends Place {
  /** Physical name, 3 to 128 characters. */
  readonly identityName: string;
  readonly tenantId: pulumi.Input<string>;
}

/**
 * Who an app is. User-assigned, because it then exists before the app: roles can wait for the identity and the app for the roles, where a
 * system-assigned identity would need all three at once.
 */
export class Identity extends pulumi.ComponentResource {
  readonly id: pulumi.Output<string>;
  readonly clientId: pulumi.Output<string>;
  readonly principal: Principal;
  readonly tenantId: pulumi.Output<string>;

  constructor(name: string, args: IdentityArgs, opts?: pulumi.ComponentResourceOptions) {
    super("switchboard:components:Identity", name, args, opts);
    const { identityName, tenantId, ...place } = args;
    const identity = new UserAssignedIdentity(name, { ...place, resourceName: identityName }, { parent: this });
    this.id = identity.id;
    this.clientId = identity.clientId;
    this.principal = new Principal({ principalId: identity.principalId, kind: "identity" });
    this.tenantId = pulumi.output(tenantId);
    this.registerOutputs({ clientId: this.clientId });
  }

  /** Sign in as this identity. */
  link(): Link<"AZURE_CLIENT_ID" | "AZURE_TENANT_ID"> {
    return { name: "identity", settings: { AZURE_CLIENT_ID: this.clientId, AZURE_TENANT_ID: this.tenantId }, grants: [] };
  }
}
