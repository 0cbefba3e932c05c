/**
 * What a call is told about itself: who the bot is, what it wants to find out, in which languages. The names are call-center-ai's, since
 * `POST /call` takes its body unchanged; a stack's settings give the defaults, which inbound calls use as they are.
 */
import { z } from "zod";
import { phraseNames } from "./calls/phrase-book.ts";

export const claimFieldSchema = z.object({
  /** Becomes a key of the claim. */
  name: z.string().regex(/^[a-z][a-z0-9_]{0,63}$/, "lower case letters, digits and _, at most 64"),
  type: z.enum(["text", "datetime", "email", "phone_number"]),
  description: z.string().max(500).optional(),
});
export type ClaimField = z.infer<typeof claimFieldSchema>;

export const languageSchema = z.object({
  /** BCP 47, e.g. `fr-FR`. */
  short_code: z.string().regex(/^[a-z]{2,3}-[A-Z]{2}$/, "a language and a country, such as fr-FR"),
  voice: z.string().min(1),
  pronunciations_en: z.array(z.string().min(1)).min(1),
  custom_voice_endpoint_id: z.string().optional(),
  /** A pronunciation lexicon (W3C PLS) for the cascade's voice, at an address Azure Speech can read. */
  lexicon_url: z.url({ protocol: /^https$/ }).optional(),
});
export type Language = z.infer<typeof languageSchema>;

const defaultLanguages: Language[] = [
  { short_code: "fr-FR", voice: "fr-FR-VivienneMultilingualNeural", pronunciations_en: ["French", "FR", "France"] },
  { short_code: "en-US", voice: "en-US-ShimmerTurboMultilingualNeural", pronunciations_en: ["English", "EN", "United States"] },
  { short_code: "es-ES", voice: "es-ES-ArabellaMultilingualNeural", pronunciations_en: ["Spanish", "ES", "Spain"] },
  { short_code: "zh-CN", voice: "zh-CN-XiaoyuMultilingualNeural", pronunciations_en: ["Chinese", "ZH", "China"] },
];

const defaultClaim: ClaimField[] = [
  { name: "incident_datetime", type: "datetime" },
  { name: "incident_description", type: "text" },
  { name: "incident_location", type: "text" },
  { name: "injuries", type: "text" },
  { name: "involved_parties", type: "text" },
  { name: "medical_records", type: "text" },
  { name: "policy_number", type: "text" },
  { name: "pre_existing_damages", type: "text" },
  { name: "witnesses", type: "text" },
];

/** Always part of a claim, whatever the customer's own fields are. */
export const policyholderFields: readonly ClaimField[] = [
  { name: "policyholder_email", type: "email" },
  { name: "policyholder_name", type: "text" },
  { name: "policyholder_phone", type: "phone_number" },
];

/** Engines that can hold the conversation: speech to speech, recognition + chat + synthesis, or Voice Live. */
export const voiceEngines = ["realtime", "cascade", "voice-live"] as const;
export type VoiceEngine = (typeof voiceEngines)[number];

/** The name of the digits that prove a caller's number. */
export const verificationCode = "verification_code";

/** Digits a caller types that nobody may see, and the service they go to. */
export const secureDigitsSchema = z.object({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,63}$/, "lower case letters, digits and _, at most 64")
    .refine((name) => name !== verificationCode, `another name: ${verificationCode} is the code that proves a caller's number`),
  description: z.string().min(1).max(500),
  least: z.number().int().min(1).max(32),
  most: z.number().int().min(1).max(32),
  /** Gets `POST {call_id, name, digits}` with a signature (docs/webhooks.md), answers `{accepted, message?}`. */
  url: z.url({ protocol: /^https$/ }),
});

/** What may be set for a deployment and overridden by a single call. */
export const agentSchema = z.object({
  bot_company: z.string().min(1).max(100),
  bot_name: z.string().min(1).max(100),
  /** A human who takes over, E.164; without one the transfer tool is absent. */
  agent_phone_number: z.string().optional(),
  task: z
    .string()
    .min(1)
    .max(10_000)
    .default(
      "Help the customer to file an insurance claim: gather the missing information, one thing at a time, and say what happens next.",
    ),
  claim: z.array(claimFieldSchema).max(100).default(defaultClaim),
  lang: z
    .object({
      default_short_code: z.string().default("fr-FR"),
      availables: z.array(languageSchema).min(1).default(defaultLanguages),
      /** `ask`: a menu by key or word before anything else; `detect`: the default language until the caller speaks another. */
      choice: z.enum(["detect", "ask"]).default("detect"),
    })
    .default({ default_short_code: "fr-FR", availables: defaultLanguages, choice: "detect" }),
  prosody_rate: z.number().min(0.75).max(1.25).default(1),
  /** In order of preference; the next one answers when one fails, until the first can again. */
  voice_engines: z.array(z.enum(voiceEngines)).min(1).default(["realtime", "cascade"]),
  /** The customer's own phrasings, one picked at random each time; in English, translated into the call's language. */
  phrases: z.partialRecord(z.enum(phraseNames), z.array(z.string().min(1).max(500)).min(1)).default({}),
  transfer: z.enum(["warm", "cold"]).default("warm"),
  /** `ask`: a call is recorded only once the caller has agreed; `none`: the law or another notice allows it. */
  recording_consent: z.enum(["ask", "none"]).default("ask"),
  /** What becomes of what was recorded until the caller wanted no recording any more (calls/recording-withdrawal.ts). */
  recording_withdrawn: z.enum(["delete", "keep"]).default("delete"),
  maximum_call_min: z.number().int().min(1).max(240).default(90),
  secure_digits: z.array(secureDigitsSchema).max(10).default([]),
  /** Told when the call has ended (docs/webhooks.md). */
  webhook_url: z.url({ protocol: /^https$/ }).optional(),
});
export type Agent = z.infer<typeof agentSchema>;
