/** Does an address lie inside somebody's own network? Said of what is written: what a name resolves to is the runtime's to look at. */
import { BlockList, isIP } from "node:net";

/** Not reachable from the internet, or not one machine there. Source: IANA's registries of special-purpose addresses, IPv4 and IPv6. */
const special = new BlockList();
for (const [network, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
] as const)
  special.addSubnet(network, prefix, "ipv4");
for (const [network, prefix] of [
  ["::", 96],
  ["64:ff9b::", 96],
  ["fc00::", 7],
  ["fe80::", 10],
  ["ff00::", 8],
] as const)
  special.addSubnet(network, prefix, "ipv6");

/** Names that no public DNS answers (RFC 6762, RFC 8375, ICANN's reserved `internal`, and what offices call their own). */
const inside = /(^|\.)(local|localhost|internal|intranet|lan|home|corp|private|home\.arpa)\.?$/;

/** Whether the host of an https address is private by its name or by the IP address that stands for one. */
export function isPrivate(address: string): boolean {
  const host = new URL(address).hostname.replace(/^\[|\]$/g, "");
  const family = isIP(host);
  if (family !== 0) return special.check(host, family === 4 ? "ipv4" : "ipv6");
  return inside.test(host) || !host.replace(/\.$/, "").includes(".");
}

/** `host[:port]` as an https address shows it: without the port 443, an IP address in its one form. */
export const hostOf = (listed: string): string => new URL(`https://${listed}`).host;
