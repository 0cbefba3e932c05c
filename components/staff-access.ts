import { Application } from "@pulumi/azuread/application.js";
import { ApplicationFederatedIdentityCredential } from "@pulumi/azuread/applicationFederatedIdentityCredential.js";
import { ServicePrincipal } from "@pulumi/azuread/servicePrincipal.js";
import * as pulumi from "@pulumi/pulumi";
import type { Identity } from "./identity.ts";
import type { Link } from "./link.ts";
import { stableId } from "./stable-id.ts";

export interface StaffAccessArgs {
  /**
   * `create` registers an application, which takes the right Application.ReadWrite.All; `existing` uses one that somebody with that right has
   * registered, with the app roles below.
   */
  readonly mode: "create" | "existing";
  /** Of the existing registration. */
  readonly clientId?: string | undefined;
  readonly displayName: string;
  /** The directory, `https://login.microsoftonline.com`. */
  readonly login: string;
  /** Where sign-in returns to. */
  readonly redirectUri: string;
  /** The app that signs people in; its own token stands where a client secret would. */
  readonly identity: Identity;
}

const roles = {
  viewer: "Reads calls and reports",
  supervisor: "Reads calls and reports, and may dial",
  admin: "Everything a supervisor may, and settings",
} as const;

/** Who of the customer's people may see and do what. */
export class StaffAccess extends pulumi.ComponentResource {
  readonly clientId: pulumi.Output<string>;
  readonly authority: pulumi.Output<string>;

  constructor(name: string, args: StaffAccessArgs, opts?: pulumi.ComponentResourceOptions) {
    super("switchboard:components:StaffAccess", name, {}, opts);
    this.authority = pulumi.interpolate`${args.login}/${args.identity.tenantId}/v2.0`;
    this.clientId = args.mode === "existing" ? existing(args.clientId) : register(name, args, this.authority, this);
    this.registerOutputs({ clientId: this.clientId });
  }

  /** Sign people in and read their roles. */
  link(): Link<"STAFF_AUTHORITY" | "STAFF_CLIENT_ID"> {
    return { name: "staff", settings: { STAFF_AUTHORITY: this.authority, STAFF_CLIENT_ID: this.clientId }, grants: [] };
  }
}

function existing(clientId: string | undefined): pulumi.Output<string> {
  if (!clientId)
    throw new Error(
      'staffAccess.mode is "existing", so staffAccess.clientId must be the application (client) id of a registration in the directory.',
    );
  return pulumi.output(clientId);
}

function register(
  name: string,
  args: StaffAccessArgs,
  issuer: pulumi.Output<string>,
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const application = new Application(
    name,
    {
      displayName: args.displayName,
      signInAudience: "AzureADMyOrg",
      preventDuplicateNames: true,
      api: { requestedAccessTokenVersion: 2 },
      appRoles: Object.entries(roles).map(([value, description]) => ({
        // A role's id is ours to choose and must never change: people's assignments refer to it.
        id: stableId(`staff-role/${value}`),
        value,
        displayName: value,
        description,
        allowedMemberTypes: ["User", "Application"],
        enabled: true,
      })),
      web: { redirectUris: [args.redirectUri] },
    },
    { parent },
  );
  // Roles are assigned on the service principal; requiring one keeps everybody else of the directory out.
  new ServicePrincipal(`${name}-principal`, { clientId: application.clientId, appRoleAssignmentRequired: true }, { parent });
  new ApplicationFederatedIdentityCredential(
    `${name}-federation`,
    {
      applicationId: application.id,
      displayName: "functions-app",
      // The only audience Entra takes for a token that stands for a secret (Azure docs, "workload identity federation").
      audiences: ["api://AzureADTokenExchange"],
      issuer,
      subject: args.identity.principal.id,
    },
    { parent },
  );
  return application.clientId;
}
