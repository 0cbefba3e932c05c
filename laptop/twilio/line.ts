/**
 * The laptop's number as one that Twilio carries: its account is made up here, so its auth token is too, kept in the laptop's home for whoever
 * puts it into the vault (`npm run -s secret -- set twilio-auth-token < .laptop/twilio-auth-token`).
 */
import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import type { Laptop } from "../provider/laptop.ts";
import { createTwilio } from "./twilio.ts";

/** Starts it for the account and answers the address of its API. What a person enters in Twilio's console for the number is entered already. */
export async function twilioLine(laptop: Laptop, accountSid: string): Promise<string> {
  const { clock, exchange, voice, phoneNumber } = laptop;
  const file = laptop.folder("twilio-auth-token");
  const authToken = await readFile(file, "utf8").catch(() => randomBytes(16).toString("hex"));
  await writeFile(file, authToken, { mode: 0o600 });
  const functions = `http://localhost:${laptop.functionsPort}/twilio`;
  const addresses = { voiceUrl: `${functions}/voice`, smsUrl: `${functions}/sms`, statusCallback: `${functions}/status` };
  const standIn = createTwilio({ clock, exchange, voice, accountSid, authToken, numbers: { [phoneNumber]: addresses } });
  const address = `https://${(await laptop.listen("twilio", standIn)).host}`;
  laptop.running.push({ id: "twilio", service: "Twilio", name: accountSid, address });
  return address;
}
