/**
 * Where we may send something when a customer named the place: public addresses over HTTPS, and private ones only for hosts the stack opens.
 * Checked when the address is set and again when it is connected to, on the very address that is connected to, so that a name that resolves
 * differently the second time gains nothing.
 */
import { lookup } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { isPublicIp } from "../public-ip.ts";

/** Hosts of `WEBHOOK_PRIVATE_HOSTS`: `host` or `host:port`, comma separated. */
function opens(privateHosts: string, url: URL): boolean {
  const hosts = privateHosts.split(",").map((each) => each.trim().toLowerCase());
  return hosts.includes(url.host.toLowerCase()) || hosts.includes(url.hostname.toLowerCase());
}

/** What is wrong with an address before it is resolved, in words for who set it; undefined when nothing is. */
export function addressFault(address: string, privateHosts: string): string | undefined {
  if (!URL.canParse(address)) return "must be an address, such as https://example.com/calls";
  const url = new URL(address);
  if (url.protocol !== "https:") return "must begin with https://";
  if (url.username || url.password) return "must not carry a user or a password";
  if (opens(privateHosts, url)) return undefined;
  // An address in brackets or digits of any notation has become a plain one by now: `URL` writes 2130706433 as 127.0.0.1.
  const ip = url.hostname.replace(/^\[|\]$/g, "");
  const named = isIP(ip) === 0;
  if (named ? ip === "localhost" || ip.endsWith(".localhost") || !ip.includes(".") : !isPublicIp(ip))
    return "must be a public host; one in your own network is opened by webhooks.privateHosts in the stack's settings";
  return undefined;
}

/** Resolves names for a connection and refuses those that lead to addresses that are not public. */
export function guardedLookup(address: string, privateHosts: string, resolve: typeof lookup = lookup): LookupFunction {
  const free = opens(privateHosts, new URL(address));
  return (hostname, options, done) => {
    resolve(hostname, { ...options, all: true }, (error, found) => {
      const usable = error ? [] : found.filter((each) => free || isPublicIp(each.address));
      const [first] = usable;
      if (error || !first) return done(error ?? new Error("The host's address is not public."), "", 4);
      if (options.all) return done(null, usable);
      return done(null, first.address, first.family);
    });
  };
}
