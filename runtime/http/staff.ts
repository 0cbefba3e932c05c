/** Who asks, and what they may do: a bearer token, or the session cookie that signing in left. */
import type { Context, MiddlewareHandler } from "hono";
import { getCookie } from "hono/cookie";
import { Problem } from "../problem.ts";
import type { Verify } from "./verify.ts";

export type Role = "viewer" | "supervisor" | "admin";

export interface Person {
  /** The principal's object id in the directory; never taken from a body. */
  readonly id: string;
  readonly roles: readonly string[];
}

export interface Web {
  Variables: { person: Person };
}

/** A role stands for every one below it. */
const rank: Readonly<Record<Role, number>> = { viewer: 1, supervisor: 2, admin: 3 };

/** `__Host-` ties a cookie to this host over TLS; plain http on loopback is the laptop's browser, which would refuse such a name. */
export const sessionCookie = (functionsUrl: string): string => (functionsUrl.startsWith("https:") ? "__Host-session" : "session");

interface Door {
  readonly verify: Verify;
  /** This app's own address: what a same-origin request comes from. */
  readonly functionsUrl: string;
}

/** Lets in who has `role` or above; without a role anyone the directory knows. Pages send others to sign in, the API answers 401. */
export function staff({ verify, functionsUrl }: Door, role?: Role, page = false): MiddlewareHandler<Web> {
  return async (context, next) => {
    const person = await personOf(context, verify, functionsUrl);
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

async function personOf(context: Context<Web>, verify: Verify, functionsUrl: string): Promise<Person | undefined> {
  const header = context.req.header("authorization");
  if (header !== undefined) {
    const token = /^Bearer (\S+)$/i.exec(header)?.[1];
    return token ? person(await verify(token)) : undefined;
  }
  const cookie = getCookie(context, sessionCookie(functionsUrl));
  if (!cookie) return undefined;
  // A cookie travels with whatever a browser sends here, so a request that changes something must come from our own pages.
  if (!["GET", "HEAD"].includes(context.req.method) && context.req.header("origin") !== new URL(functionsUrl).origin)
    throw new Problem(403, "This request did not come from this app's own pages.", [
      "Send a bearer token instead of the session cookie.",
    ]);
  return person(await verify(cookie));
}

function person(claims: Awaited<ReturnType<Verify>>): Person | undefined {
  const id = claims?.oid ?? claims?.sub;
  if (typeof id !== "string") return undefined;
  return {
    id,
    roles: Array.isArray(claims?.roles) ? claims.roles.filter((each): each is string => typeof each === "string") : [],
  };
}
