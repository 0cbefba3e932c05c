/**
 * Who asks, and what they may do: a bearer token, the session cookie that signing in left, or, for the chat alone, the one that a visitor
 * was given.
 */
import type { Context, MiddlewareHandler } from "hono";
import { getCookie } from "hono/cookie";
import type { ChatOptions } from "../chat-options.ts";
import { Problem } from "../problem.ts";
import type { Verify } from "./verify.ts";

export type Role = "viewer" | "supervisor" | "admin";

export interface Person {
  /** The principal's object id in the directory, or `visitor:` and a UUID of ours; never taken from a body. */
  readonly id: string;
  readonly roles: readonly string[];
}

export interface Web {
  Variables: { person: Person };
}

/** The role of the apps' and SignalR's identities (components/staff-registration.ts): services of ours are nobody who chats or reads. */
const serviceRole = "service";

/** A role stands for every one below it. */
const rank: Readonly<Record<Role, number>> = { viewer: 1, supervisor: 2, admin: 3 };

/** `__Host-` ties a cookie to this host over TLS; plain http on loopback is the laptop's browser, which would refuse such a name. */
const cookieNamed =
  (name: string) =>
  (functionsUrl: string): string =>
    functionsUrl.startsWith("https:") ? `__Host-${name}` : name;
export const sessionCookie = cookieNamed("session");
export const visitorCookie = cookieNamed("visitor");

export interface Door {
  readonly verify: Verify;
  /** This app's own address: what a same-origin request comes from. */
  readonly functionsUrl: string;
  /** Judges visitors' sessions; without it there are none. */
  readonly visitor?: Verify;
}

/** Lets in who has `role` or above; without a role anyone the directory knows. Pages send others to sign in, the API answers 401. */
export function staff(door: Door, role?: Role, page = false): MiddlewareHandler<Web> {
  return async (context, next) => {
    const person = await personOf(context, door);
    if (!person && page) return context.redirect(`/sign-in?back=${encodeURIComponent(new URL(context.req.url).pathname)}`);
    if (!person)
      throw new Problem(401, "Sign in first.", [
        `Send "Authorization: Bearer <token>" with a token for this app's registration, or open /sign-in in a browser.`,
      ]);
    if (role && !person.roles.some((each) => (rank[each as Role] ?? 0) >= rank[role]))
      throw new Problem(403, `This needs the role ${role}.`, [
        "An administrator assigns roles to people in the directory, on this app's registration.",
      ]);
    context.set("person", person);
    return next();
  };
}

/**
 * Lets in everyone who may chat: whoever the directory knows, and visitors where the customer has them. A visitor has no role, so whatever
 * asks for one refuses them.
 */
export function principal(door: Door, { visitors }: Pick<ChatOptions, "visitors">): MiddlewareHandler<Web> {
  return async (context, next) => {
    const person = (await personOf(context, door)) ?? (visitors ? await visitorOf(context, door) : undefined);
    if (!person)
      throw new Problem(401, visitors ? "Sign in or start a visit first." : "Sign in first.", [
        `Send "Authorization: Bearer <token>" with a token for this app's registration, or open /sign-in in a browser.`,
        ...(visitors ? ["A browser that is not signed in gets a visitor's session from POST /api/chat/visitors."] : []),
      ]);
    context.set("person", person);
    return next();
  };
}

async function personOf(context: Context<Web>, { verify, functionsUrl }: Door): Promise<Person | undefined> {
  const header = context.req.header("authorization");
  if (header !== undefined) {
    const token = /^Bearer (\S+)$/i.exec(header)?.[1];
    return token ? person(await verify(token)) : undefined;
  }
  const cookie = getCookie(context, sessionCookie(functionsUrl));
  if (!cookie) return undefined;
  requireOwnPage(context, functionsUrl);
  return person(await verify(cookie));
}

/** The visitor whose cookie this is. Who shows a token of the directory's is to be judged by that alone. */
export async function visitorOf(context: Context<Web>, { visitor, functionsUrl }: Door): Promise<Person | undefined> {
  const cookie = getCookie(context, visitorCookie(functionsUrl));
  if (!visitor || !cookie || context.req.header("authorization") !== undefined) return undefined;
  requireOwnPage(context, functionsUrl);
  const id = (await visitor(cookie))?.sub;
  // Nobody of the directory's can be called so, whatever a key of ours has signed.
  return id?.startsWith("visitor:") ? { id, roles: [] } : undefined;
}

/** A cookie travels with whatever a browser sends here, so a request that changes something must come from our own pages. Throws `Problem` 403. */
export function requireOwnPage(context: Context<Web>, functionsUrl: string): void {
  if (["GET", "HEAD"].includes(context.req.method) || context.req.header("origin") === new URL(functionsUrl).origin) return;
  throw new Problem(403, "This request did not come from this app's own pages.", [
    "Send a bearer token instead of the session cookie.",
  ]);
}

function person(claims: Awaited<ReturnType<Verify>>): Person | undefined {
  const id = claims?.oid ?? claims?.sub;
  if (typeof id !== "string") return undefined;
  const roles = Array.isArray(claims?.roles) ? claims.roles.filter((each): each is string => typeof each === "string") : [];
  return roles.includes(serviceRole) ? undefined : { id, roles };
}
