/** Identities, role assignments and the staff application: what the directory knows comes from these alone. */
import { createHash } from "node:crypto";
import type { Application } from "../../identity/directory.ts";
import { type RoleName, roleIds } from "../../identity/roles.ts";
import { armId, type Inputs, text } from "../arm.ts";
import type { Laptop } from "../laptop.ts";
import type { Realisation } from "../realisation.ts";

/** A UUID that stays the same between starts, so that kept data still belongs to whom it belonged to. */
export function stableUuid(...parts: readonly string[]): string {
  const hex = createHash("sha256").update(parts.join("\n").toLowerCase()).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

const userAssignedIdentity: Realisation = {
  create(inputs, laptop) {
    const { directory } = laptop;
    const id = armId(inputs, "Microsoft.ManagedIdentity/userAssignedIdentities/{resourceName}");
    const identity = {
      objectId: stableUuid(directory.tenantId, id, "object"),
      clientId: stableUuid(directory.tenantId, id, "client"),
    };
    directory.addIdentity(identity);
    laptop.keep(id, identity);
    return { id, outputs: { clientId: identity.clientId, principalId: identity.objectId, tenantId: directory.tenantId } };
  },
};

/** The identity Azure makes for a resource whose inputs ask for a system-assigned one; undefined when they do not. */
export function systemIdentity(
  id: string,
  inputs: Inputs,
  directory: { tenantId: string; addIdentity(identity: { objectId: string; clientId: string }): void },
) {
  const { type } = (inputs.identity ?? {}) as { type?: string };
  if (!type?.includes("SystemAssigned")) return undefined;
  const identity = {
    objectId: stableUuid(directory.tenantId, id, "system"),
    clientId: stableUuid(directory.tenantId, id, "system client"),
  };
  directory.addIdentity(identity);
  return identity;
}

const roleNames = new Map<string, RoleName>(Object.entries(roleIds).map(([name, id]) => [id, name as RoleName]));

/** The role a definition id ends in. Throws for one the laptop does not know, rather than granting nothing in silence. */
export function roleOf(roleDefinitionId: string): RoleName {
  const name = roleNames.get(roleDefinitionId.slice(roleDefinitionId.lastIndexOf("/") + 1).toLowerCase());
  if (!name)
    throw new Error(`no built-in role has the id ${roleDefinitionId}; laptop/identity/roles.ts lists those that are known.`);
  return name;
}

const roleAssignment: Realisation = {
  create(inputs, { directory }, name) {
    const scope = text(inputs, "scope");
    const objectId = text(inputs, "principalId");
    const role = roleOf(text(inputs, "roleDefinitionId"));
    if (directory.assignments().some((each) => each.objectId === objectId && each.role === role && each.scope === scope))
      throw new Error(`RoleAssignmentExists: this principal already has "${role}" on ${scope}. Grant it once.`);
    directory.assign({ objectId, role, scope });
    return {
      id: `${scope}/providers/Microsoft.Authorization/roleAssignments/${stableUuid(directory.tenantId, name)}`,
      outputs: {},
    };
  },
  delete(_id, inputs, { directory }) {
    directory.unassign({
      objectId: text(inputs, "principalId"),
      role: roleOf(text(inputs, "roleDefinitionId")),
      scope: text(inputs, "scope"),
    });
  },
};

interface AppRole {
  readonly id: string;
  readonly value: string;
  readonly allowedMemberTypes: readonly string[];
}
interface Registered extends Application {
  readonly appRoles: readonly AppRole[];
}

const application: Realisation = {
  create(inputs, laptop, name) {
    const clientId = stableUuid(laptop.directory.tenantId, "application", name);
    const web = (inputs.web ?? {}) as { redirectUris?: string[] };
    const appRoles = (inputs.appRoles ?? []) as AppRole[];
    const registered: Registered = {
      clientId,
      redirectUris: web.redirectUris ?? [],
      // People choose among these when they sign in.
      roles: appRoles.filter(({ allowedMemberTypes }) => allowedMemberTypes.includes("User")).map(({ value }) => value),
      appRoles,
      federatedSubjects: new Set(),
    };
    laptop.directory.addApplication(registered);
    laptop.keep(clientId, registered);
    const id = `/applications/${stableUuid(clientId, "object")}`;
    laptop.keep(id, registered);
    return { id, outputs: { clientId, applicationId: clientId, objectId: id.slice("/applications/".length) } };
  },
};

const servicePrincipal: Realisation = {
  create(inputs, laptop) {
    const clientId = text(inputs, "clientId");
    const objectId = stableUuid(clientId, "service principal");
    const registered = laptop.find<Registered>(clientId);
    const principal = inputs.appRoleAssignmentRequired === true ? { ...registered, assigned: new Map() } : registered;
    laptop.directory.addApplication(principal);
    laptop.keep(servicePrincipalId(objectId), principal);
    return { id: servicePrincipalId(objectId), outputs: { objectId } };
  },
};
const servicePrincipalId = (objectId: string): string => `/servicePrincipals/${objectId}`;

const federatedCredential: Realisation = {
  create(inputs, laptop) {
    const registered = laptop.find<{ federatedSubjects: Set<string> }>(text(inputs, "applicationId"));
    registered.federatedSubjects.add(text(inputs, "subject"));
    const credentialId = stableUuid(text(inputs, "applicationId"), text(inputs, "subject"));
    return { id: `${text(inputs, "applicationId")}/federatedIdentityCredentials/${credentialId}`, outputs: { credentialId } };
  },
  delete(_id, inputs, laptop) {
    laptop
      .find<{ federatedSubjects: Set<string> }>(text(inputs, "applicationId"))
      .federatedSubjects.delete(text(inputs, "subject"));
  },
};

const appRoleAssignment: Realisation = {
  create(inputs, laptop) {
    const { role, held } = appRoleOf(inputs, laptop);
    held.add(role);
    return {
      id: stableUuid(text(inputs, "appRoleId"), text(inputs, "principalObjectId"), text(inputs, "resourceObjectId")),
      outputs: {},
    };
  },
  delete(_id, inputs, laptop) {
    const { role, held } = appRoleOf(inputs, laptop);
    held.delete(role);
  },
};

/** The role an assignment is of, and the roles that its principal holds there so far. */
function appRoleOf(inputs: Inputs, laptop: Laptop): { role: string; held: Set<string> } {
  const { appRoles, assigned } = laptop.find<Registered>(servicePrincipalId(text(inputs, "resourceObjectId")));
  const id = text(inputs, "appRoleId");
  const role = appRoles.find((each) => each.id === id && each.allowedMemberTypes.includes("Application"));
  if (!role) throw new Error(`the application has no app role ${id} that a managed identity may be assigned.`);
  const principal = text(inputs, "principalObjectId");
  const held = assigned?.get(principal) ?? new Set<string>();
  assigned?.set(principal, held);
  return { role: role.value, held };
}

export const identityResources: Readonly<Record<string, Realisation>> = {
  "azure-native:managedidentity:UserAssignedIdentity": userAssignedIdentity,
  "azure-native:authorization:RoleAssignment": roleAssignment,
  "azuread:index/application:Application": application,
  "azuread:index/servicePrincipal:ServicePrincipal": servicePrincipal,
  "azuread:index/applicationFederatedIdentityCredential:ApplicationFederatedIdentityCredential": federatedCredential,
  "azuread:index/appRoleAssignment:AppRoleAssignment": appRoleAssignment,
};
