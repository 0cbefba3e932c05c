/**
 * Where we may send something when a customer named the place: public addresses over HTTPS, and private ones only for hosts the stack opens.
 * Checked when the address is set and again when it is connected to, on the very address that is connected to, so that a name that resolves
 * differently the second time gains nothing.
 */
import { lookup } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";

/** Addresses that are not of the public internet (RFC 6890 and the IANA special-purpose registries). */
const special = new BlockList();
for (const [network, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  // Azure's own services for a machine, though a public address (learn.microsoft.com, "What is IP address 168.63.129.16?").
  ["168.63.129.16", 32],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
] as const)
  special.addSubnet(network, prefix, "ipv4");
/** Of IPv6 only 2000::/3 is handed out; these parts of it lead elsewhere or nowhere. */
const publicV6 = new BlockList();
publicV6.addSubnet("2000::", 3, "ipv6");
for (const [network, prefix] of [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
] as const)
  special.addSubnet(network, prefix, "ipv6");

export function isPublicAddress(ip: string): boolean {
  const family = isIP(ip);
  if (family === 4) return !special.check(ip, "ipv4");
  return family === 6 && publicV6.check(ip, "ipv6") && !special.check(ip, "ipv6");
}

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
  if (named ? ip === "localhost" || ip.endsWith(".localhost") || !ip.includes(".") : !isPublicAddress(ip))
    return "must be a public host; one in your own network is opened by webhooks.privateHosts in the stack's settings";
  return undefined;
}

/** Resolves names for a connection and refuses those that lead to addresses that are not public. */
export function guardedLookup(address: string, privateHosts: string, resolve: typeof lookup = lookup): LookupFunction {
  const free = opens(privateHosts, new URL(address));
  return (hostname, options, done) => {
    resolve(hostname, { ...options, all: true }, (error, found) => {
      const usable = error ? [] : found.filter((each) => free || isPublicAddress(each.address));
      const [first] = usable;
      if (error || !first) return done(error ?? new Error("The host's address is not public."), "", 4);
      if (options.all) return done(null, usable);
      return done(null, first.address, first.family);
    });
  };
}
