/**
 * The laptop's own certificate authority, made at first start and kept in its home. Apps trust it through NODE_EXTRA_CA_CERTS, as they would
 * trust a company's; nothing is installed into the machine's trust store. The certificate names only loopback.
 */
import { randomBytes } from "node:crypto";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { generate } from "selfsigned";
import type { Certificate } from "../service.ts";

export interface CertificateAuthority {
  /** PEM file to name in NODE_EXTRA_CA_CERTS. */
  readonly file: string;
  /** PEM text of the authority's certificate. */
  readonly pem: string;
  /** What stand-ins serve TLS with: `localhost` and 127.0.0.1. */
  readonly server: Certificate;
}

/** Browsers and TLS libraries refuse server certificates that live longer than 825 days. */
const validDays = 800;
/** A certificate made on a machine whose clock runs ahead would otherwise not be valid yet. */
const backdatedMs = 3_600_000;
const renewBeforeMs = 30 * 86_400_000;

/** Opens the authority kept in `folder`, or makes one when there is none or it is about to lapse. Keys are readable by the owner only. */
export async function certificateAuthority(folder: string, nowMs: number): Promise<CertificateAuthority> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, "authority.pem");
  const record = join(folder, "certificates.json");
  const kept = await readKept(record);
  if (kept && kept.notAfterMs - nowMs > renewBeforeMs) return { file, pem: kept.pem, server: kept.server };
  const made = await make(nowMs);
  await writeFile(file, made.pem);
  await writeFile(record, JSON.stringify(made));
  await chmod(record, 0o600);
  return { file, pem: made.pem, server: made.server };
}

interface Kept {
  readonly pem: string;
  readonly server: Certificate;
  readonly notAfterMs: number;
}

async function readKept(record: string): Promise<Kept | undefined> {
  try {
    return JSON.parse(await readFile(record, "utf8")) as Kept;
  } catch {
    return undefined;
  }
}

async function make(nowMs: number): Promise<Kept> {
  const notBeforeDate = new Date(nowMs - backdatedMs);
  const notAfterDate = new Date(nowMs + validDays * 86_400_000);
  const common = { keyType: "ec" as const, curve: "P-256" as const, algorithm: "sha256", notBeforeDate, notAfterDate };
  // Two authorities of the same name and different keys in one trust store are taken for each other.
  const name = `Switchboard laptop authority ${randomBytes(4).toString("hex")}`;
  const authority = await generate([{ name: "commonName", value: name }], {
    ...common,
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const server = await generate([{ name: "commonName", value: "localhost" }], {
    ...common,
    ca: { key: authority.private, cert: authority.cert },
    extensions: [
      { name: "basicConstraints", cA: false, critical: true },
      { name: "keyUsage", digitalSignature: true, critical: true },
      { name: "extKeyUsage", serverAuth: true },
      {
        name: "subjectAltName",
        altNames: [
          { type: 2, value: "localhost" },
          { type: 7, ip: "127.0.0.1" },
        ],
      },
    ],
  });
  return { pem: authority.cert, server: { certificate: server.cert, key: server.private }, notAfterMs: notAfterDate.getTime() };
}
