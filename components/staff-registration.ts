import { Application } from "@pulumi/azuread/application.js";
import { ServicePrincipal } from "@pulumi/azuread/servicePrincipal.js";
import * as pulumi from "@pulumi/pulumi";
import { stableId } from "./stable-id.ts";

export interface StaffRegistrationArgs {
  /**
   * `create` registers an application, which takes the right Application.ReadWrite.All; `existing` uses one that somebody with that right has
   * registered, with the app roles below.
   */
  readonly mode: "create" | "existing";
  /** Of the existing registration. */
  readonly clientId?: string | undefined;
  readonly displayName: string;
  /** Where sign-in returns to. */
  readonly redirectUri: string;
}

/** Who may be assigned a role: `staff` is a person, or an application that acts as one; `services` are the parts of the system itself. */
const roles = {
  viewer: { description: "Reads calls and reports", for: "staff" },
  supervisor: { description: "Reads calls and reports, and may dial", for: "staff" },
  admin: { description: "Everything a supervisor may, and settings", for: "staff" },
  service: { description: "A part of the system that calls another; opens no page", for: "services" },
} as const;

/** A role's id is ours to choose and must never change: assignments refer to it. */
const roleId = (role: keyof typeof roles): string => stableId(`staff-role/${role}`);

/** What is needed to assign a role: where, and which. */
interface ServiceRole {
  readonly appRoleId: string;
  readonly resourceObjectId: pulumi.Output<string>;
}

/**
 * A customer's app as the directory knows it: what staff sign in to, and what services show tokens for. It stands apart from who the app is, so
 * that SignalR can be told of it before the app exists.
 */
export class StaffRegistration extends pulumi.ComponentResource {
  readonly clientId: pulumi.Output<string>;
  /** The registration itself, for credentials of it; absent for an existing one, whose owner adds them. */
  readonly applicationId: pulumi.Output<string> | undefined;
  /** What lets a managed identity have a token for this app; absent for an existing one, whose owner assigns it. */
  readonly serviceRole: ServiceRole | undefined;

  constructor(name: string, args: StaffRegistrationArgs, opts?: pulumi.ComponentResourceOptions) {
    super("switchboard:components:StaffRegistration", name, {}, opts);
    if (args.mode === "existing") this.clientId = existing(args.clientId);
    else {
      const application = createApplication(name, args, this);
      // Roles are assigned on the service principal; requiring one keeps everybody else of the directory out, and managed identities too:
      // Entra gives them no token before they are assigned (AADSTS501051).
      const principal = new ServicePrincipal(
        `${name}-principal`,
        { clientId: application.clientId, appRoleAssignmentRequired: true },
        { parent: this, aliases: [{ parent: formerParent(name) }] },
      );
      this.clientId = application.clientId;
      this.applicationId = application.id;
      this.serviceRole = { appRoleId: roleId("service"), resourceObjectId: principal.objectId };
    }
    this.registerOutputs({ clientId: this.clientId });
  }
}

function existing(clientId: string | undefined): pulumi.Output<string> {
  if (!clientId)
    throw new Error(
      'staffAccess.mode is "existing", so staffAccess.clientId must be the application (client) id of a registration in the directory.',
    );
  return pulumi.output(clientId);
}

function createApplication(name: string, args: StaffRegistrationArgs, parent: pulumi.Resource): Application {
  return new Application(
    name,
    {
      displayName: args.displayName,
      signInAudience: "AzureADMyOrg",
      preventDuplicateNames: true,
      // Tokens of version 2 have the client id as audience, however they were asked for.
      api: { requestedAccessTokenVersion: 2 },
      appRoles: (Object.keys(roles) as (keyof typeof roles)[]).map((value) => ({
        id: roleId(value),
        value,
        displayName: value,
        description: roles[value].description,
        allowedMemberTypes: roles[value].for === "staff" ? ["User", "Application"] : ["Application"],
        enabled: true,
      })),
      web: { redirectUris: [args.redirectUri] },
    },
    { parent, aliases: [{ parent: formerParent(name) }] },
  );
}

/** The registration was made by the customer's staff access once; people's role assignments hang on it, so it is moved, never made anew. */
function formerParent(name: string): pulumi.Output<string> {
  const customer = pulumi.createUrn(name.replace(/-staff$/, ""), "switchboard:stacks:Customer");
  return pulumi.createUrn(name, "switchboard:components:StaffAccess", customer);
}
