/** Call Automation through its official client: what is done to a call as a whole. Its sound goes through the bridge's socket. */
import { CallAutomationClient } from "@azure/communication-call-automation";
import type { TokenCredential } from "@azure/identity";
import { mayBeDialled, phoneNumber } from "../calls/phone-number.ts";
import { statusOf } from "./status-of.ts";

/** Where the service reports to and streams audio to, for one call. */
export interface CallAddresses {
  /** HTTPS; gets CloudEvents with a signed token. */
  readonly callbackUrl: string;
  /** WSS, with the call's single-use nonce. */
  readonly mediaUrl: string;
}

export interface CallAutomation {
  /** Dials `to` (E.164), showing `from`; returns the connection id. Throws `NotDiallable` before anything is rung. */
  createCall(request: { to: string; from: string } & CallAddresses): Promise<string>;
  /** Answers an incoming call by its context; returns the connection id. */
  answer(request: { incomingCallContext: string } & CallAddresses): Promise<string>;
  /** Ends the call for everyone; a call that is already gone is fine. */
  hangUp(connectionId: string): Promise<void>;
  /** Hands the caller over to `to` (E.164), blind; the outcome arrives as a callback. Throws `NotDiallable` like `createCall`. */
  transfer(connectionId: string, to: string): Promise<void>;
  /** Whether the service still knows the call; `gone` once it has ended, however it did. */
  state(connectionId: string): Promise<"connected" | "gone">;
  /** Whether the call's sound flows to its media address, by the service's own word. */
  streams(connectionId: string): Promise<boolean>;
  /** `participant` (E.164) hears hold music and is not heard by anyone. */
  hold(connectionId: string, participant: string): Promise<void>;
  unhold(connectionId: string, participant: string): Promise<void>;
  /**
   * Rings `to` (E.164) into the call for `ringsForMs` at most; returns what takes the invitation back. The outcome arrives as a callback
   * (AddParticipantSucceeded or AddParticipantFailed). Throws `NotDiallable` like `createCall`.
   */
  invite(connectionId: string, to: string): Promise<string>;
  /** Takes `invitation` back while it rings, or sends the participant `to` away; someone who is not there any more is fine. */
  dismiss(connectionId: string, to: string, invitation?: string): Promise<void>;
  /**
   * Says `text` to everyone in the call by the service's own voice, so that it is heard also when the bridge is not there. The callbacks
   * PlayCompleted and PlayFailed carry `context`.
   */
  play(connectionId: string, text: string, speaker: Speaker, context: string): Promise<void>;
  /** Opens the call's media address again, which cannot be changed; the outcome arrives as a callback (MediaStreamingStarted or -Failed). */
  startMediaStreaming(connectionId: string): Promise<void>;
  /**
   * Records to the app's own container; returns the recording id. The call's own callbacks tell it too (RecordingStateChanged), for an answer
   * that is lost; the client repeats a request that is not answered under one Repeatability-Request-ID.
   */
  startRecording(connectionId: string): Promise<string>;
  pauseRecording(recordingId: string): Promise<void>;
  resumeRecording(recordingId: string): Promise<void>;
  /** Ends a recording for good; one that is over already is fine. */
  stopRecording(recordingId: string): Promise<void>;
}

/** A voice that speaks by itself, without the bridge: a language (BCP 47) and one of its synthetic voices. */
export interface Speaker {
  readonly language: string;
  readonly voice: string;
}

/** A number in a country that the stack does not open. */
export class NotDiallable extends Error {
  constructor() {
    super(
      "The number is not in a country of DIALLABLE_COUNTRIES; nobody was rung. Open it with phone.countries in the stack's settings.",
    );
    this.name = "NotDiallable";
  }
}

/** How long a person who shall take a call over is rung. */
export const ringsForMs = 45_000;

/**
 * `SPEECH_ENDPOINT` is the speech resource whose voices `play` uses; without one the service refuses it. `BLOB_ENDPOINT` and `RECORDINGS_CONTAINER` say where recordings go; the service writes them as its own identity. Whatever asks for it, no
 * number outside of `DIALLABLE_COUNTRIES` is rung: this is the one place that dials.
 */
export function openCallAutomation(
  settings: {
    COMMUNICATION_ENDPOINT: string;
    BLOB_ENDPOINT: string;
    RECORDINGS_CONTAINER: string;
    DIALLABLE_COUNTRIES: string;
    PHONE_NUMBER: string;
    SPEECH_ENDPOINT?: string | undefined;
  },
  credential: TokenCredential,
): CallAutomation {
  const refuseUnlessDiallable = (number: string): void => {
    const country = phoneNumber(number)?.country;
    if (!country || !mayBeDialled(country, settings.DIALLABLE_COUNTRIES)) throw new NotDiallable();
  };
  const client = new CallAutomationClient(settings.COMMUNICATION_ENDPOINT, credential);
  const mediaOf = (id: string) => client.getCallConnection(id).getCallMedia();
  const optionsFor = (mediaUrl: string) => ({
    mediaStreamingOptions: media(mediaUrl),
    ...(settings.SPEECH_ENDPOINT ? { callIntelligenceOptions: { cognitiveServicesEndpoint: settings.SPEECH_ENDPOINT } } : {}),
  });
  return {
    async createCall({ to, from, callbackUrl, mediaUrl }) {
      refuseUnlessDiallable(to);
      const invite = { targetParticipant: { phoneNumber: to }, sourceCallIdNumber: { phoneNumber: from } };
      const { callConnectionProperties } = await client.createCall(invite, callbackUrl, optionsFor(mediaUrl));
      return connectionId(callConnectionProperties.callConnectionId);
    },
    async answer({ incomingCallContext, callbackUrl, mediaUrl }) {
      const { callConnectionProperties } = await client.answerCall(incomingCallContext, callbackUrl, optionsFor(mediaUrl));
      return connectionId(callConnectionProperties.callConnectionId);
    },
    hangUp: (id) => unlessGone(client.getCallConnection(id).hangUp(true)),
    async transfer(id, to) {
      refuseUnlessDiallable(to);
      await client.getCallConnection(id).transferCallToParticipant({ phoneNumber: to });
    },
    async state(id) {
      try {
        const { callConnectionState } = await client.getCallConnection(id).getCallConnectionProperties();
        return callConnectionState === "disconnected" || callConnectionState === "disconnecting" ? "gone" : "connected";
      } catch (error) {
        if (statusOf(error) === 404) return "gone";
        throw error;
      }
    },
    async streams(id) {
      const { mediaStreamingSubscription } = await client.getCallConnection(id).getCallConnectionProperties();
      return mediaStreamingSubscription?.state === "active";
    },
    hold: (id, participant) => mediaOf(id).hold({ phoneNumber: participant }),
    unhold: (id, participant) => mediaOf(id).unhold({ phoneNumber: participant }),
    async invite(id, to) {
      refuseUnlessDiallable(to);
      const { invitationId } = await client.getCallConnection(id).addParticipant(
        {
          targetParticipant: { phoneNumber: to },
          sourceCallIdNumber: { phoneNumber: settings.PHONE_NUMBER },
        },
        { invitationTimeoutInSeconds: ringsForMs / 1_000 },
      );
      if (!invitationId) throw new Error("Call Automation rings a participant without giving the invitation's id.");
      return invitationId;
    },
    async dismiss(id, to, invitation) {
      const call = client.getCallConnection(id);
      const { values = [] } = await call.listParticipants();
      const there = values.some(
        (each) => each.identifier && "phoneNumber" in each.identifier && each.identifier.phoneNumber === to,
      );
      if (there) await unlessGone(call.removeParticipant({ phoneNumber: to }).then(() => undefined));
      else if (invitation) await unlessGone(call.cancelAddParticipantOperation(invitation).then(() => undefined));
    },
    play: (id, text, { language, voice }, operationContext) =>
      mediaOf(id).playToAll([{ kind: "textSource", text, sourceLocale: language, voiceName: voice }], { operationContext }),
    startMediaStreaming: (id) => mediaOf(id).startMediaStreaming(),
    async startRecording(id) {
      const callbackUrl = callbackOf(await client.getCallConnection(id).getCallConnectionProperties());
      const { recordingId } = await client.getCallRecording().start({
        callConnectionId: id,
        ...(callbackUrl ? { recordingStateCallbackEndpointUrl: callbackUrl } : {}),
        recordingContent: "audio",
        recordingChannel: "mixed",
        recordingFormat: "wav",
        recordingStorage: {
          recordingStorageKind: "azureBlobStorage",
          recordingDestinationContainerUrl: `${settings.BLOB_ENDPOINT.replace(/\/$/, "")}/${settings.RECORDINGS_CONTAINER}`,
        },
      });
      if (!recordingId) throw new Error("Call Automation started a recording without giving its id.");
      return recordingId;
    },
    pauseRecording: (id) => client.getCallRecording().pause(id),
    resumeRecording: (id) => client.getCallRecording().resume(id),
    stopRecording: (id) => unlessGone(client.getCallRecording().stop(id)),
  };
}

/** Version 1.6.0 of the client declares `callbackUrl`, and passes on what the service calls it. */
const callbackOf = (properties: { callbackUrl?: string; callbackUri?: string }): string | undefined =>
  properties.callbackUrl ?? properties.callbackUri;

/** What is to end and is not there any more has ended. */
async function unlessGone(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
  }
}

/** 24 kHz is what the realtime models speak, so nothing is resampled; mixed, because the only other participant is us. */
const media = (transportUrl: string) =>
  ({
    transportType: "websocket",
    transportUrl,
    contentType: "audio",
    audioChannelType: "mixed",
    audioFormat: "Pcm24KMono",
    startMediaStreaming: true,
    enableBidirectional: true,
    enableDtmfTones: true,
  }) as const;

function connectionId(id: string | undefined): string {
  if (!id) throw new Error("Call Automation accepted the call without giving its connection id.");
  return id;
}

const refused = () => Promise.reject(new Error("Communication Services does not carry this line."));

/** On a line that somebody else carries: nothing is done, and whoever asks is told so. */
export const noCallAutomation: CallAutomation = {
  createCall: refused,
  answer: refused,
  hangUp: refused,
  transfer: refused,
  state: refused,
  streams: refused,
  hold: refused,
  unhold: refused,
  invite: refused,
  dismiss: refused,
  play: refused,
  startMediaStreaming: refused,
  startRecording: refused,
  pauseRecording: refused,
  resumeRecording: refused,
  stopRecording: refused,
};
