/** Can a number's callers be given what the agent promises, over the line that carries them, and does what they say go only where it should? */
import { type Check, when } from "./check.ts";
import type { Fault } from "./fault.ts";
import { forEachCustomer, type Settled } from "./for-each-customer.ts";
import { hostOf, isPrivate } from "./private-host.ts";

/** Regions whose Azure OpenAI takes SIP calls. Source: Azure docs, "realtime-audio-sip" (2026-06). */
const sipRegions = ["eastus2", "swedencentral"];

/** Filled in by the runtime (runtime/calls/phrases.ts): names everywhere, a key and a language in a line of the language menu. */
const names = ["{bot_name}", "{bot_company}"];
const menuPlaces = ["{index}", "{label}"];

function phraseFaults(name: string, phrasing: string, path: Fault["path"]): Fault[] {
  const menu = name === "ivr_language_tpl";
  const allowed = menu ? [...menuPlaces, ...names] : names;
  const unknown = (phrasing.match(/\{[^{}]*\}/g) ?? []).filter((place) => !allowed.includes(place));
  const missing = menu ? menuPlaces.filter((place) => !phrasing.includes(place)) : [];
  return [
    ...when(
      unknown.length > 0,
      path,
      phrasing,
      `${unknown.join(", ")} stands for nothing; use ${allowed.join(", ")}, or plain words`,
    ),
    ...when(
      missing.length > 0,
      path,
      phrasing,
      `tells a caller which key to press for which language; say ${missing.join(" and ")}`,
    ),
  ];
}

/** An address in somebody's own network is refused unless it is listed: whoever may change a setting could otherwise have it probed. */
function privateFault(address: string, { webhooks }: Settled, path: Fault["path"]): Fault[] {
  const { host } = new URL(address);
  const listed = webhooks.privateHosts.map(hostOf).includes(host);
  return when(
    isPrivate(address) && !listed,
    path,
    address,
    `lies inside a private network; list "${host}" under webhooks.privateHosts if it is yours, or give a public address`,
  );
}

export const lineChecks: readonly Check[] = [
  ...forEachCustomer("faults", ["phone.carrier", "phone.twilioAccount"], ({ phone }) =>
    when(
      phone.carrier === "twilio" && phone.twilioAccount === undefined,
      ["phone", "twilioAccount"],
      phone.twilioAccount,
      "phone.carrier twilio needs the account that holds the number: give its SID (AC…), or set carrier acs or sip",
    ),
  ),
  ...forEachCustomer("faults", ["phone.carrier", "location"], ({ phone }, { location }) =>
    when(
      phone.carrier === "sip" && !sipRegions.includes(location),
      ["phone", "carrier"],
      phone.carrier,
      `Azure OpenAI takes SIP calls in ${sipRegions.join(" and ")}, not in ${location}; set location to one of them, or carrier acs or twilio`,
    ),
  ),
  ...forEachCustomer("faults", ["phone.carrier", "agent.voice_engines"], ({ phone, agent }) =>
    when(
      phone.carrier === "sip" && !agent.voice_engines.includes("realtime"),
      ["agent", "voice_engines"],
      agent.voice_engines,
      "a SIP call's sound goes to the model and nowhere else, so only realtime can hold it; add realtime, or set phone.carrier acs or twilio",
    ),
  ),
  ...forEachCustomer("faults", ["phone.carrier", "agent.secure_digits"], ({ phone, agent }) =>
    when(
      phone.carrier === "sip" && agent.secure_digits.length > 0,
      ["agent", "secure_digits"],
      agent.secure_digits.map(({ name }) => name),
      "a SIP call's sound goes straight to the model, so nothing can be kept from it; leave them out, or set phone.carrier acs or twilio",
    ),
  ),
  ...forEachCustomer("faults", ["phone.carrier", "flags.recording_enabled"], ({ phone, flags }) =>
    when(
      phone.carrier !== "acs" && flags.recording_enabled,
      ["flags", "recording_enabled"],
      flags.recording_enabled,
      `only Communication Services records calls, and phone.carrier is ${phone.carrier}; set it false, or carrier acs`,
    ),
  ),
  ...forEachCustomer("warnings", ["phone.carrier", "agent.transfer", "agent.agent_phone_number"], ({ phone, agent }) =>
    when(
      phone.carrier !== "acs" && agent.transfer === "warm" && agent.agent_phone_number !== undefined,
      ["agent", "transfer"],
      agent.transfer,
      `with phone.carrier ${phone.carrier} nobody can be briefed before the caller is put through; it happens at once, as with cold`,
    ),
  ),
  ...forEachCustomer("faults", ["agent.lang"], ({ agent: { lang } }) => {
    const spoken = lang.availables.map(({ short_code }) => short_code);
    return when(
      !spoken.includes(lang.default_short_code),
      ["agent", "lang", "default_short_code"],
      lang.default_short_code,
      `is none of agent.lang.availables; use one of ${spoken.join(", ")}, or add it there with a voice`,
    );
  }),
  ...forEachCustomer("faults", ["agent.phrases"], ({ agent }) =>
    Object.entries(agent.phrases).flatMap(([name, phrasings]) =>
      phrasings.flatMap((phrasing, index) => phraseFaults(name, phrasing, ["agent", "phrases", name, index])),
    ),
  ),
  ...forEachCustomer("faults", ["agent.secure_digits"], ({ agent: { secure_digits } }) =>
    secure_digits.flatMap(({ name, least, most }, index) => [
      ...when(
        least > most,
        ["agent", "secure_digits", index, "least"],
        least,
        `is more than most, ${most}; lower it or raise most, up to 32`,
      ),
      ...when(
        secure_digits.slice(0, index).some((before) => before.name === name),
        ["agent", "secure_digits", index, "name"],
        name,
        "is asked for under this name already; give it another",
      ),
    ]),
  ),
  ...forEachCustomer("faults", ["agent.webhook_url", "webhooks"], (line) =>
    line.agent.webhook_url === undefined ? [] : privateFault(line.agent.webhook_url, line, ["agent", "webhook_url"]),
  ),
  ...forEachCustomer("faults", ["agent.secure_digits", "webhooks"], (line) =>
    line.agent.secure_digits.flatMap(({ url }, index) => privateFault(url, line, ["agent", "secure_digits", index, "url"])),
  ),
];
