/** Call Automation through its official client: place, answer, end, transfer and record calls. Media goes to the bridge's socket. */
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
  /** Records to the app's own container; returns the recording id. */
  startRecording(connectionId: string): Promise<string>;
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

/**
 * `BLOB_ENDPOINT` and `RECORDINGS_CONTAINER` say where recordings go; the service writes them as its own identity. Whatever asks for it, no
 * number outside of `DIALLABLE_COUNTRIES` is rung: this is the one place that dials.
 */
export function openCallAutomation(
  settings: {
    COMMUNICATION_ENDPOINT: string;
    BLOB_ENDPOINT: string;
    RECORDINGS_CONTAINER: string;
    DIALLABLE_COUNTRIES: string;
  },
  credential: TokenCredential,
): CallAutomation {
  const refuseUnlessDiallable = (number: string): void => {
    const country = phoneNumber(number)?.country;
    if (!country || !mayBeDialled(country, settings.DIALLABLE_COUNTRIES)) throw new NotDiallable();
  };
  const client = new CallAutomationClient(settings.COMMUNICATION_ENDPOINT, credential);
  return {
    async createCall({ to, from, callbackUrl, mediaUrl }) {
      refuseUnlessDiallable(to);
      const invite = { targetParticipant: { phoneNumber: to }, sourceCallIdNumber: { phoneNumber: from } };
      const { callConnectionProperties } = await client.createCall(invite, callbackUrl, {
        mediaStreamingOptions: media(mediaUrl),
      });
      return connectionId(callConnectionProperties.callConnectionId);
    },
    async answer({ incomingCallContext, callbackUrl, mediaUrl }) {
      const { callConnectionProperties } = await client.answerCall(incomingCallContext, callbackUrl, {
        mediaStreamingOptions: media(mediaUrl),
      });
      return connectionId(callConnectionProperties.callConnectionId);
    },
    async hangUp(id) {
      try {
        await client.getCallConnection(id).hangUp(true);
      } catch (error) {
        if (statusOf(error) !== 404) throw error;
      }
    },
    async transfer(id, to) {
      refuseUnlessDiallable(to);
      await client.getCallConnection(id).transferCallToParticipant({ phoneNumber: to });
    },
    async startRecording(id) {
      const { recordingId } = await client.getCallRecording().start({
        callConnectionId: id,
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
  };
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
