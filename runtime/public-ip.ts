/** Which IP addresses are of the public internet: the one place of the ranges that are not. */
import { BlockList, isIP } from "node:net";

/** RFC 6890 and IANA's registries of special-purpose addresses, IPv4 and IPv6. */
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

/** Whether `ip` is an address that anybody on the internet may reach. False for what is no address. */
export function isPublicIp(ip: string): boolean {
  const family = isIP(ip);
  if (family === 4) return !special.check(ip, "ipv4");
  return family === 6 && publicV6.check(ip, "ipv6") && !special.check(ip, "ipv6");
}
