/**
 * The laptop's Entra: who exists, what they may do, and tokens that prove it.
 *
 * Identities, applications and role assignments come from the graph alone; a role the graph does not grant is a 403 here as on Azure.
 * `service` answers what the SDKs and browsers ask of Entra and of an app's managed-identity endpoint.
 */
import { randomBytes, randomUUID } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { AccessToken, TokenCredential } from "@azure/identity";
import type { Clock } from "../clock.ts";
import type { Service } from "../service.ts";
import { type Access, type Need, type Principal, Refusal } from "./access.ts";
import { directoryService } from "./directory-service.ts";
import type { RoleName } from "./roles.ts";
import { sign, type TokenKey, tokenKey, verify } from "./tokens.ts";

/** Entra's managed-identity tokens live a day, staff tokens about an hour. */
const identityTokenMs = 24 * 3_600_000;
const staffTokenMs = 3_600_000;

export interface Assignment {
  readonly objectId: string;
  readonly role: RoleName;
  readonly scope: string;
}

export interface Application {
  readonly clientId: string;
  /** Exact addresses sign-in may return to. */
  readonly redirectUris: readonly string[];
  /** Values of its app roles, e.g. `viewer`. */
  readonly roles: readonly string[];
  /** Principals whose own token stands for the application's secret. */
  readonly federatedSubjects: Set<string>;
  /** Where an assignment is required: principals by object id, each with its app roles. Nobody else is given a token. */
  readonly assigned?: Map<string, Set<string>>;
}

export interface TokenRequest {
  readonly objectId: string;
  readonly audience: string;
  readonly clientId?: string;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly lifetimeMs?: number;
}

export class Directory implements Access {
  readonly tenantId: string;
  readonly key: TokenKey;
  readonly clock: Clock;
  readonly service: Service;
  readonly applications = new Map<string, Application>();
  /** Managed-identity endpoints: the header's secret to the client ids it may ask for. */
  readonly machines = new Map<string, ReadonlySet<string>>();
  readonly #identities = new Map<string, string>();
  readonly #assignments: Assignment[] = [];
  #origin = "https://localhost";

  constructor(tenantId: string, key: TokenKey, clock: Clock) {
    this.tenantId = tenantId;
    this.key = key;
    this.clock = clock;
    this.service = directoryService(this);
  }

  /** Opens the directory kept in `folder`: its tenant id and signing key survive a restart, so tokens do too. */
  static async open({ folder, clock }: { folder: string; clock: Clock }): Promise<Directory> {
    await mkdir(folder, { recursive: true });
    const file = join(folder, "tenant");
    const tenantId = await readFile(file, "utf8").catch(async () => {
      const made = randomUUID();
      await writeFile(file, made);
      return made;
    });
    return new Directory(tenantId, await tokenKey(folder, "directory"), clock);
  }

  /** Where the service listens, `https://localhost:<port>`; part of every issuer, so set it before the first token. */
  set origin(origin: string) {
    this.#origin = origin;
  }
  get origin(): string {
    return this.#origin;
  }
  get issuer(): string {
    return `${this.#origin}/${this.tenantId}/v2.0`;
  }

  /** A user-assigned or system-assigned identity of the graph. */
  addIdentity({ objectId, clientId }: { objectId: string; clientId: string }): void {
    this.#identities.set(clientId, objectId);
  }

  objectIdOf(clientId: string): string | undefined {
    return this.#identities.get(clientId);
  }

  addApplication(application: Application): void {
    this.applications.set(application.clientId, application);
  }

  assign(assignment: Assignment): void {
    this.#assignments.push(assignment);
  }

  unassign({ objectId, role, scope }: Assignment): void {
    const at = this.#assignments.findIndex(
      (each) => each.objectId === objectId && each.role === role && sameScope(each.scope, scope),
    );
    if (at >= 0) this.#assignments.splice(at, 1);
  }

  assignments(): readonly Assignment[] {
    return this.#assignments;
  }

  /** The environment an app's host adds so that the app can ask for tokens of the given identities, as App Service does. */
  machine(clientIds: readonly string[]): { IDENTITY_ENDPOINT: string; IDENTITY_HEADER: string } {
    const header = randomBytes(24).toString("hex");
    this.machines.set(header, new Set(clientIds));
    return { IDENTITY_ENDPOINT: `${this.#origin}/msi/token`, IDENTITY_HEADER: header };
  }

  token({ objectId, audience, clientId, claims = {}, lifetimeMs = identityTokenMs }: TokenRequest): Promise<string> {
    const application = clientId ? { appid: clientId, azp: clientId } : {};
    const facts = {
      issuer: this.issuer,
      audience,
      subject: objectId,
      lifetimeMs,
      claims: { tid: this.tenantId, oid: objectId, ver: "2.0", ...application, ...claims },
    };
    return sign(this.key, facts, this.clock);
  }

  /**
   * What a managed identity is given for an audience; where that is a registered application, with its roles there. Throws `Refusal` 400 when
   * the application requires an assignment and the identity has none.
   */
  identityToken(request: Pick<TokenRequest, "objectId" | "clientId" | "audience">): Promise<string> {
    const application = this.applications.get(request.audience.replace(/^api:\/\//, ""));
    if (!application?.assigned) return this.token(request);
    const roles = application.assigned.get(request.objectId);
    if (!roles?.size)
      throw new Refusal(
        400,
        "invalid_grant",
        `AADSTS501051: the identity ${request.objectId} is not assigned to a role for the application ${application.clientId}. Admit it through the graph's staff access.`,
      );
    return this.token({ ...request, claims: { roles: [...roles] } });
  }

  /** What a member of staff carries after signing in to the application. */
  staffToken({
    clientId,
    role,
    tenant,
    nonce,
  }: {
    clientId: string;
    role: string;
    tenant?: string;
    nonce?: string;
  }): Promise<string> {
    const claims = {
      roles: [role],
      name: `Laptop ${role}`,
      preferred_username: `${role}@laptop`,
      ...(tenant ? { customer: tenant } : {}),
      ...(nonce ? { nonce } : {}),
    };
    return this.token({ objectId: staffObjectId(role), audience: clientId, clientId, claims, lifetimeMs: staffTokenMs });
  }

  /** A credential for code that runs beside the stand-ins: tests, Event Grid's own identity. */
  credential(objectId: string): TokenCredential {
    return {
      getToken: async (scopes): Promise<AccessToken> => {
        const audience = (Array.isArray(scopes) ? scopes[0] : scopes)?.replace(/\/?\.default$/, "") ?? "";
        return { token: await this.token({ objectId, audience }), expiresOnTimestamp: this.clock.nowMs() + identityTokenMs };
      },
    };
  }

  /** The claims of a token this directory signed; throws `Refusal` 401 otherwise. */
  claims(token: string): Promise<Record<string, unknown>> {
    return verify(this.key, token, this.issuer, this.clock);
  }

  async require(authorization: string | null | undefined, need: Need): Promise<Principal> {
    const token = /^Bearer (.+)$/i.exec(authorization ?? "")?.[1];
    if (!token)
      throw new Refusal(401, "Unauthorized", "No access token: send `Authorization: Bearer <Entra token>`. Keys are disabled.");
    const claims = await this.claims(token);
    const audience = bare(String(claims.aud));
    if (!need.audiences.some((each) => bare(each) === audience))
      throw new Refusal(
        401,
        "InvalidAudience",
        `The token is for "${audience}"; this service takes ${need.audiences.map((each) => `"${bare(each)}"`).join(" or ")}.`,
      );
    const objectId = String(claims.oid);
    if (need.anyOf.length > 0 && !this.#holds(objectId, need))
      throw new Refusal(
        403,
        "AuthorizationFailed",
        `The principal has none of the roles that allow this: ${need.anyOf.join(", ")}. Grant one through a link in the graph.`,
      );
    return { objectId, tenantId: String(claims.tid), audience, claims };
  }

  #holds(objectId: string, { anyOf, scope }: Need): boolean {
    const wanted = normal(scope);
    return this.#assignments.some((each) => {
      const granted = normal(each.scope);
      return each.objectId === objectId && anyOf.includes(each.role) && (wanted === granted || wanted.startsWith(`${granted}/`));
    });
  }
}

/** The laptop's people: one for each role, with ids that do not change between starts. */
export function staffObjectId(role: string): string {
  const hex = Buffer.from(role.padEnd(6, "-").slice(0, 6)).toString("hex");
  return `00000000-0000-4000-8000-${hex}`;
}

const bare = (audience: string): string => audience.replace(/\/+$/, "");
const normal = (scope: string): string => scope.toLowerCase().replace(/\/+$/, "");
const sameScope = (one: string, other: string): boolean => normal(one) === normal(other);
