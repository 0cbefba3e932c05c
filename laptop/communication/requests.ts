/** What the SDKs send, as far as the laptop reads it; unknown members are left alone, as the service does. */
import { z } from "zod";
import { badRequest } from "./failures.ts";
import { toneNames } from "./identifiers.ts";

/** Longest context the service carries through, by the .NET SDK's own check. */
const operationContext = z.string().max(5_000).optional();
const secureUrl = z
  .string()
  .refine((text) => URL.canParse(text) && isReachable(new URL(text)), "must be an https address (or http on this laptop)");
const socketUrl = z
  .string()
  .refine((text) => URL.canParse(text) && /^wss?:$/.test(new URL(text).protocol), "must be a wss address");
const tone = z.enum(toneNames as [string, ...string[]]);

const identifier = z.object({ rawId: z.string().optional(), phoneNumber: z.object({ value: z.string() }).optional() });
const phoneNumber = identifier.transform((given, context) => {
  const number = given.phoneNumber?.value ?? /^4:(\+\d+)$/.exec(given.rawId ?? "")?.[1];
  if (number) return number;
  context.addIssue({ code: "custom", message: "must be a phone number; the laptop knows no other identifiers" });
  return z.NEVER;
});

const mediaStreamingOptions = z.object({
  transportType: z.literal("websocket"),
  transportUrl: socketUrl,
  contentType: z.literal("audio").default("audio"),
  audioChannelType: z.enum(["mixed", "unmixed"]).default("mixed"),
  startMediaStreaming: z.boolean().default(false),
  enableBidirectional: z.boolean().default(false),
  audioFormat: z
    .string()
    .transform((text) => text.toLowerCase())
    .pipe(z.enum(["pcm16kmono", "pcm24kmono"]))
    .default("pcm16kmono"),
  enableDtmfTones: z.boolean().default(false),
});
export type MediaStreamingOptions = z.infer<typeof mediaStreamingOptions>;

/** The speech service whose voices speak text prompts; without one they fail. */
const callIntelligenceOptions = z.object({ cognitiveServicesEndpoint: secureUrl.optional() }).optional();
const common = {
  callbackUri: secureUrl,
  operationContext,
  mediaStreamingOptions: mediaStreamingOptions.optional(),
  callIntelligenceOptions,
};
const overridable = { operationContext, operationCallbackUri: secureUrl.optional() };

export const answerRequest = z.object({ incomingCallContext: z.string().min(1), ...common });
export const contextRequest = z.object({ incomingCallContext: z.string().min(1) });
export const redirectRequest = contextRequest.extend({ target: phoneNumber });
export const createRequest = z.object({
  targets: z.array(phoneNumber).length(1, "must be one target; the laptop starts no group calls"),
  sourceCallerIdNumber: z.object({ value: z.string() }),
  ...common,
});
export type CreateRequest = z.infer<typeof createRequest>;
export const transferRequest = z.object({ targetParticipant: phoneNumber, transferee: phoneNumber.optional(), ...overridable });
export const addRequest = z.object({
  participantToAdd: phoneNumber,
  sourceCallerIdNumber: z.object({ value: z.string() }),
  invitationTimeoutInSeconds: z.number().int().min(1).max(180).optional(),
  ...overridable,
});
export const removeRequest = z.object({ participantToRemove: phoneNumber, ...overridable });
export const cancelAddRequest = z.object({ invitationId: z.string().min(1), ...overridable });
export const overridableRequest = z.object(overridable);
export type Overridable = z.infer<typeof overridableRequest>;

const playSource = z.object({
  kind: z.enum(["file", "text", "ssml"]),
  file: z.object({ uri: z.string() }).optional(),
  text: z.object({ text: z.string() }).optional(),
  ssml: z.object({ ssmlText: z.string() }).optional(),
});
export type PlaySource = z.infer<typeof playSource>;
export const playRequest = z.object({
  playSources: z.array(playSource).min(1),
  playOptions: z.object({ loop: z.boolean().default(false) }).optional(),
  interruptCallMediaOperation: z.boolean().default(false),
  ...overridable,
});
export type PlayRequest = z.infer<typeof playRequest>;

export const holdRequest = z.object({ targetParticipant: phoneNumber, playSourceInfo: playSource.optional(), ...overridable });
export const unholdRequest = z.object({ targetParticipant: phoneNumber, ...overridable });

const choice = z.object({ label: z.string().min(1), phrases: z.array(z.string()), tone: tone.optional() });
export const recognizeRequest = z.object({
  recognizeInputType: z.enum(["dtmf", "speech", "speechOrDtmf", "choices"]),
  playPrompt: playSource.optional(),
  playPrompts: z.array(playSource).optional(),
  interruptCallMediaOperation: z.boolean().default(false),
  recognizeOptions: z.object({
    interruptPrompt: z.boolean().default(true),
    initialSilenceTimeoutInSeconds: z.number().min(0).max(300).default(5),
    targetParticipant: phoneNumber,
    dtmfOptions: z
      .object({
        interToneTimeoutInSeconds: z.number().min(1).max(60).default(2),
        maxTonesToCollect: z.number().int().min(1).optional(),
        stopTones: z.array(tone).default([]),
      })
      .optional(),
    choices: z.array(choice).default([]),
  }),
  ...overridable,
});
export type RecognizeRequest = z.infer<typeof recognizeRequest>;

export const sendTonesRequest = z.object({ tones: z.array(tone).min(1), targetParticipant: phoneNumber, ...overridable });
export const continuousTonesRequest = z.object({ targetParticipant: phoneNumber, ...overridable });

export const startRecordingRequest = z
  .object({
    callLocator: z.object({ serverCallId: z.string().optional() }).optional(),
    callConnectionId: z.string().optional(),
    recordingStateCallbackUri: secureUrl.optional(),
    recordingContentType: z.enum(["audio", "audioVideo"]).default("audioVideo"),
    recordingChannelType: z.enum(["mixed", "unmixed"]).default("mixed"),
    recordingFormatType: z.enum(["wav", "mp3", "mp4"]).default("mp4"),
    pauseOnStart: z.boolean().default(false),
    /** What the SDK calls `recordingStorage`. */
    externalStorage: z
      .object({
        recordingStorageKind: z.string(),
        recordingDestinationContainerUrl: z.string().optional(),
      })
      .optional(),
  })
  .refine((given) => given.callLocator?.serverCallId ?? given.callConnectionId, {
    message: "must name the call, by callLocator.serverCallId or callConnectionId",
  });
export type StartRecordingRequest = z.infer<typeof startRecordingRequest>;

/** The body in the schema's shape; throws the service's 400 with every fault at once. */
export function read<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => `${issue.path.join(".") || "The request"}: ${issue.message}`);
  throw badRequest(faults.join("; "));
}

/** Azure calls https only; what the laptop's browser opens, its apps included, is plain http on loopback. */
function isReachable({ protocol, hostname }: URL): boolean {
  return protocol === "https:" || (protocol === "http:" && (hostname === "localhost" || hostname === "127.0.0.1"));
}
