/** Stand-ins under test: a directory, a certificate authority this process trusts, and a listener for each service. */
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import type { TokenCredential } from "@azure/identity";
import { type Clock, wallClock } from "../../laptop/clock.ts";
import { certificateAuthority } from "../../laptop/identity/certificates.ts";
import { type Assignment, Directory } from "../../laptop/identity/directory.ts";
import { type Certificate, type Listening, type Service, serve } from "../../laptop/service.ts";

export interface Identity {
  readonly objectId: string;
  readonly clientId: string;
  readonly credential: TokenCredential;
}

export interface World {
  readonly directory: Directory;
  readonly certificate: Certificate;
  readonly authorityFile: string;
  readonly clock: Clock;
  /** A folder of this world alone, removed at the end. */
  readonly home: string;
  identity(): Identity;
  grant(assignment: Assignment): void;
  start(service: Service): Promise<Listening & { readonly url: string }>;
  close(): Promise<void>;
}

export async function openWorld(clock: Clock = wallClock): Promise<World> {
  const home = await mkdtemp(join(tmpdir(), "switchboard-"));
  const authority = await certificateAuthority(join(home, "identity"), clock.nowMs());
  setDefaultCACertificates([...getCACertificates("default"), authority.pem]);
  const directory = await Directory.open({ folder: join(home, "identity"), clock });
  const open: Listening[] = [];
  const start = async (service: Service) => {
    const listening = await serve(service, authority.server);
    open.push(listening);
    return { ...listening, url: `https://${listening.host}` };
  };
  directory.origin = (await start(directory.service)).url;
  return {
    directory,
    certificate: authority.server,
    authorityFile: authority.file,
    clock,
    home,
    identity() {
      const identity = { objectId: randomUUID(), clientId: randomUUID() };
      directory.addIdentity(identity);
      return { ...identity, credential: directory.credential(identity.objectId) };
    },
    grant: (assignment) => directory.assign(assignment),
    start,
    async close() {
      await Promise.all(open.map((each) => each.close()));
      await rm(home, { recursive: true, force: true });
    },
  };
}
