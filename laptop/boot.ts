/** What must stand before the graph is evaluated: who signs, where the functions app will be, which phones there are. */
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { type Clock, wallClock } from "./clock.ts";
import { createCallAutomationAuthority } from "./communication/authority.ts";
import { freePort } from "./free-port.ts";
import type { Home } from "./home.ts";
import { certificateAuthority } from "./identity/certificates.ts";
import { Directory } from "./identity/directory.ts";
import { modelChoice } from "./model-choice.ts";
import { type Config, laptopConfig, mergedConfig } from "./program.ts";
import { subscriptionId } from "./provider/arm.ts";
import { Laptop } from "./provider/laptop.ts";
import { deployer } from "./provider/provider.ts";
import { Exchange } from "./telephone/exchange.ts";
import { person } from "./telephone/person.ts";
import { twilioLine } from "./twilio/line.ts";
import { openVoice } from "./voice/voice.ts";

export interface Booted {
  readonly laptop: Laptop;
  /** The committed settings of the stack `laptop`, plus where this laptop's authorities are. */
  readonly config: Config;
}

const stackFile = join(import.meta.dirname, "..", "Pulumi.laptop.yaml");

export async function boot(home: Home, environment: Readonly<Record<string, string | undefined>>): Promise<Booted> {
  const clock: Clock = wallClock;
  const identityFolder = home.path("identity");
  const [authority, directory, callAutomation, voice, functionsPort, committed] = await Promise.all([
    certificateAuthority(identityFolder, clock.nowMs()),
    Directory.open({ folder: identityFolder, clock }),
    createCallAutomationAuthority({ clock, folder: identityFolder }),
    openVoice(),
    freePort(),
    laptopConfig(stackFile, environment.LAPTOP_SETTINGS),
  ]);
  const phone = committed.phone as { number: string; carrier?: string; twilioAccount?: string };
  const phoneNumber = phone.number;
  const random = Math.random;
  const exchange = new Exchange({ clock, stranger: (number) => person({ number, voice, clock }) });
  const laptop = new Laptop({
    home: home.folder,
    clock,
    authority,
    directory,
    functionsPort,
    random,
    voice,
    model: modelChoice(environment),
    callAutomation,
    exchange,
    phoneNumber,
  });
  directory.origin = `https://${(await laptop.listen("directory", directory.service)).host}`;
  callAutomation.setIssuer(`https://${(await laptop.listen("call automation", callAutomation.service)).host}`);
  actAsDeployer(laptop);
  const cloud = {
    login: directory.origin,
    callAutomation: callAutomation.issuer,
    appHostName: `localhost:${functionsPort}`,
    publicScheme: "http",
    ...(phone.carrier === "twilio" && phone.twilioAccount ? { twilio: await twilioLine(laptop, phone.twilioAccount) } : {}),
  };
  return { laptop, config: mergedConfig(committed, { cloud }) };
}

/** The person at the laptop deploys: owner of the subscription, with an identity that the code shipping packages gets its token from. */
function actAsDeployer({ directory, authority }: Laptop): void {
  directory.addIdentity(deployer);
  directory.assign({ objectId: deployer.objectId, role: "Website Contributor", scope: `/subscriptions/${subscriptionId}` });
  Object.assign(process.env, directory.machine([deployer.clientId]));
  trust(authority.pem);
}

function trust(pem: string): void {
  setDefaultCACertificates([...getCACertificates("default"), pem]);
}
