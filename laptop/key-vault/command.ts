/** `npm run secret -- set NAME`: a person puts a secret of another company's service into the running laptop's vault. */
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { wallClock } from "../clock.ts";
import type { Home } from "../home.ts";
import { certificateAuthority } from "../identity/certificates.ts";
import { Directory } from "../identity/directory.ts";

export interface SecretCommand {
  readonly home: Home;
  /** After `secret`. */
  readonly args: readonly string[];
  /** Where the vault is, as the stack's outputs say. */
  readonly endpoint: unknown;
  /** The laptop's directory, which signs the token. */
  readonly directory: string;
  /** Who deploys the stack, and may set secrets. */
  readonly deployer: { readonly objectId: string };
  /** The value, which is no argument so that no list of processes and no history shows it. */
  readonly value: () => Promise<string>;
}

const usage = "Give a name, and the value on standard input: printf %s VALUE | npm run -s secret -- set twilio-auth-token";

/** Sets the secret; answers what was done. Throws what is wrong, for whoever typed it. */
export async function secretCommand({ home, args, endpoint, directory, deployer, value }: SecretCommand): Promise<string> {
  const [verb, name, ...rest] = args;
  if (verb !== "set" || !name || rest.length > 0) throw new Error(`"secret ${args.join(" ")}" is not a command here. ${usage}`);
  if (!/^[0-9a-zA-Z-]{1,127}$/.test(name))
    throw new Error(`"${name}" cannot name a secret: 1 to 127 letters, digits and - are allowed. ${usage}`);
  if (typeof endpoint !== "string") throw new Error("This laptop has no vault: its stack's outputs name no keyVaultEndpoint.");
  const secret = (await value()).replace(/\r?\n$/, "");
  if (!secret) throw new Error(`Standard input was empty; nothing was set. ${usage}`);
  const { pem } = await certificateAuthority(home.path("identity"), wallClock.nowMs());
  setDefaultCACertificates([...getCACertificates("default"), pem]);
  const issuer = await Directory.open({ folder: home.path("identity"), clock: wallClock });
  issuer.origin = directory;
  const token = await issuer.token({ objectId: deployer.objectId, audience: "https://vault.azure.net" });
  const answer = await fetch(`${endpoint.replace(/\/$/, "")}/secrets/${name}?api-version=7.4`, {
    method: "PUT",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ value: secret }),
  });
  if (!answer.ok)
    throw new Error(
      `The vault refused (status ${answer.status}); the secret was not set. The graph grants the deployer "Key Vault Secrets Officer".`,
    );
  return `The secret "${name}" is set; apps read it within five minutes.`;
}
