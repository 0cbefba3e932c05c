/**
 * `npm run sip`: points the laptop's trunk at the model's service. It registers the webhook that tells the app of incoming calls, and puts the
 * signing secret, which is shown once, into the vault. On Azure a person does the same by hand (docs/sip.md).
 */
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { z } from "zod";
import { wallClock } from "../clock.ts";
import type { Home } from "../home.ts";
import { certificateAuthority } from "../identity/certificates.ts";
import { Directory } from "../identity/directory.ts";
import { secretCommand } from "../key-vault/command.ts";

export interface SipCommand {
  readonly home: Home;
  /** What the stack's outputs name. */
  readonly outputs: Readonly<Record<string, unknown>>;
  /** The laptop's directory, which signs the tokens. */
  readonly directory: string;
  readonly deployer: { readonly objectId: string };
}

const name = "switchboard phone line";
const outputsSchema = z.object({ openAIEndpoint: z.url(), functionAppUrl: z.url(), keyVaultEndpoint: z.url() });
const endpoints = z.object({ data: z.array(z.object({ id: z.string(), name: z.string() })) });

/** Answers what was done. Throws what is wrong, for whoever typed it. */
export async function sipCommand({ home, outputs, directory, deployer }: SipCommand): Promise<string> {
  const read = outputsSchema.safeParse(outputs);
  if (!read.success)
    throw new Error(
      `The stack's outputs lack ${read.error.issues.map((each) => each.path.join(".")).join(", ")}; start the laptop with phone.carrier: sip.`,
    );
  const { openAIEndpoint, functionAppUrl, keyVaultEndpoint } = read.data;
  const { pem } = await certificateAuthority(home.path("identity"), wallClock.nowMs());
  setDefaultCACertificates([...getCACertificates("default"), pem]);
  const issuer = await Directory.open({ folder: home.path("identity"), clock: wallClock });
  issuer.origin = directory;
  const token = await issuer.token({ objectId: deployer.objectId, audience: "https://cognitiveservices.azure.com" });
  const ask = async (method: string, path: string, body?: object): Promise<unknown> => {
    const answer = await fetch(`${openAIEndpoint.replace(/\/$/, "")}/openai/v1/dashboard/webhook_endpoints${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    if (answer.ok) return answer.json();
    throw new Error(
      `The model's service refused (status ${answer.status}); the webhook was not registered. The deployer needs "Cognitive Services OpenAI User" on it.`,
    );
  };
  // Two endpoints would have every call told twice, under two secrets of which one is known.
  for (const each of endpoints.parse(await ask("GET", "")).data) if (each.name === name) await ask("DELETE", `/${each.id}`);
  const url = `${functionAppUrl.replace(/\/$/, "")}/sip/incoming`;
  const made = await ask("POST", "", { name, url, event_types: ["realtime.call.incoming"] });
  const { signing_secret } = z.object({ signing_secret: z.string() }).parse(made);
  await secretCommand({
    home,
    args: ["set", "openai-webhook-secret"],
    endpoint: keyVaultEndpoint,
    directory,
    deployer,
    value: async () => signing_secret,
  });
  return `Incoming SIP calls are told to ${url}, signed; the app reads the secret within five minutes. Run this again after each start.`;
}
