/** Does an address lie inside somebody's own network? Said of what is written: what a name resolves to is the runtime's to look at. */
import { isIP } from "node:net";
import { isPublicIp } from "../runtime/public-ip.ts";

/** Names that no public DNS answers (RFC 6762, RFC 8375, ICANN's reserved `internal`, and what offices call their own). */
const inside = /(^|\.)(local|localhost|internal|intranet|lan|home|corp|private|home\.arpa)\.?$/;

/** Whether the host of an https address is private by its name or by the IP address that stands for one. */
export function isPrivate(address: string): boolean {
  const host = new URL(address).hostname.replace(/^\[|\]$/g, "");
  if (isIP(host) !== 0) return !isPublicIp(host);
  return inside.test(host) || !host.replace(/\.$/, "").includes(".");
}

/** `host[:port]` as an https address shows it: without the port 443, an IP address in its one form. */
export const hostOf = (listed: string): string => new URL(`https://${listed}`).host;
