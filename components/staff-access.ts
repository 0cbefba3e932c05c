import { ApplicationFederatedIdentityCredential } from "@pulumi/azuread/applicationFederatedIdentityCredential.js";
import { AppRoleAssignment } from "@pulumi/azuread/appRoleAssignment.js";
import * as pulumi from "@pulumi/pulumi";
import type { Identity } from "./identity.ts";
import type { Link } from "./link.ts";
import type { Principal } from "./principal.ts";
import type { StaffRegistration } from "./staff-registration.ts";

export interface StaffAccessArgs {
  readonly registration: StaffRegistration;
  /** The directory, `https://login.microsoftonline.com`. */
  readonly login: string;
  /** The app that signs people in; its own token stands where a client secret would. Its two halves call each other by it. */
  readonly identity: Identity;
  /** Services that report to the app, by name, such as SignalR. */
  readonly services: Readonly<Record<string, Principal>>;
}

/** Who of the customer's people may see and do what, and which services may call in. */
export class StaffAccess extends pulumi.ComponentResource {
  readonly clientId: pulumi.Output<string>;
  readonly authority: pulumi.Output<string>;
  readonly #admitted: readonly pulumi.Resource[];

  constructor(name: string, args: StaffAccessArgs, opts?: pulumi.ComponentResourceOptions) {
    super("switchboard:components:StaffAccess", name, {}, opts);
    this.authority = pulumi.interpolate`${args.login}/${args.identity.tenantId}/v2.0`;
    this.clientId = args.registration.clientId;
    trust(name, args, this.authority, this);
    this.#admitted = Object.entries({ app: args.identity.principal, ...args.services }).flatMap(([service, principal]) =>
      admit(`${name}-${service}`, args.registration, principal, this),
    );
    this.registerOutputs({ clientId: this.clientId });
  }

  /** Sign people in and read their roles; take and get tokens for the app itself. */
  link(): Link<"STAFF_AUTHORITY" | "STAFF_CLIENT_ID"> {
    return {
      name: "staff",
      settings: { STAFF_AUTHORITY: this.authority, STAFF_CLIENT_ID: this.clientId },
      grants: [],
      after: this.#admitted,
    };
  }
}

/** The app's own token redeems what people bring back from signing in. */
function trust(name: string, args: StaffAccessArgs, issuer: pulumi.Output<string>, parent: pulumi.Resource): void {
  const { applicationId } = args.registration;
  if (!applicationId) return;
  new ApplicationFederatedIdentityCredential(
    `${name}-federation`,
    {
      applicationId,
      displayName: "functions-app",
      // The only audience Entra takes for a token that stands for a secret (Azure docs, "workload identity federation").
      audiences: ["api://AzureADTokenExchange"],
      issuer,
      subject: args.identity.principal.id,
    },
    { parent },
  );
}

/** Has the directory give `principal` tokens for the app. The right that registered the app is enough to assign this. */
function admit(
  name: string,
  { serviceRole }: StaffRegistration,
  principal: Principal,
  parent: pulumi.Resource,
): pulumi.Resource[] {
  return serviceRole ? [new AppRoleAssignment(name, { ...serviceRole, principalObjectId: principal.id }, { parent })] : [];
}
