/**
 * Communication Services as the official SDKs see it. With CONTRACT_COMMUNICATION_ENDPOINT set, the refusals that need no telephone run
 * against the real service; calls and texts need a number and a phone that rings, which only the laptop has.
 */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import {
  CallAutomationClient,
  createOutboundAudioData,
  createOutboundStopAudioData,
  parseCallAutomationEvent,
  StreamingData,
} from "@azure/communication-call-automation";
import { SmsClient } from "@azure/communication-sms";
import { DefaultAzureCredential } from "@azure/identity";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { createCallAutomationAuthority } from "../../laptop/communication/authority.ts";
import { type Communication, createCommunication, type PublishedEvent } from "../../laptop/communication/communication.ts";
import type { Service } from "../../laptop/service.ts";
import type { Ending, Moment, Party, Seat } from "../../laptop/telephone/conversation.ts";
import { Exchange, type Ringing } from "../../laptop/telephone/exchange.ts";
import { bytesOf, frameSamples } from "../../laptop/telephone/frame.ts";
import { readWav, wavFile } from "../../laptop/telephone/wav.ts";
import { openVoice, type Voice } from "../../laptop/voice/voice.ts";
import { type Identity, openWorld, type World } from "../support/stand-in.ts";

const accountId = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Communication/communicationServices/c";
const immutableResourceId = "5b0f2c6e-1111-4222-8333-944455556666";
const system = "+33199001234";
const caller = "+33612345678";
const callee = "+14255550123";
const realEndpoint = process.env.CONTRACT_COMMUNICATION_ENDPOINT;

/** Something that happens later: waits for it without looking at a clock. */
class Log<Entry> {
  readonly entries: Entry[] = [];
  readonly #waiting = new Set<() => void>();
  add(entry: Entry): void {
    this.entries.push(entry);
    for (const look of [...this.#waiting]) look();
  }
  clear(): void {
    this.entries.length = 0;
  }
  first(matches: (entry: Entry) => boolean): Promise<Entry> {
    return new Promise((resolve) => {
      const look = (): void => {
        const found = this.entries.find(matches);
        if (found === undefined) return;
        this.#waiting.delete(look);
        resolve(found);
      };
      this.#waiting.add(look);
      look();
    });
  }
}

/** What the app may have the service play; only the first is of the form the service takes. */
const prompts: Readonly<Record<string, Buffer>> = {
  "/prompt.wav": wavFile([new Int16Array(3_200).fill(4_000)], 16_000),
  "/music.wav": wavFile([new Int16Array(4_410), new Int16Array(4_410)], 44_100),
};

interface Callback {
  readonly authorization: string;
  readonly event: ReturnType<typeof parseCallAutomationEvent>;
  readonly cloudEvent: Readonly<Record<string, unknown>>;
}

/** A phone under test control. */
class TestPhone implements Party {
  readonly heard = new Log<Moment>();
  readonly endings = new Log<Ending>();
  readonly rings = new Log<Ringing>();
  readonly texts = new Log<string>();
  readonly digits = new Log<string>();
  seat: Seat | undefined;
  moment(moment: Moment): void {
    this.heard.add(moment);
  }
  digit(digit: string): void {
    this.digits.add(digit);
  }
  ended(ending: Ending): void {
    this.endings.add(ending);
  }
  soundBytes(): Buffer {
    return Buffer.concat(this.heard.entries.filter((each) => !each.heard.silent).map((each) => bytesOf(each.heard.pcm)));
  }
}

describe("the laptop's Communication Services", () => {
  let world: World;
  let app: Identity;
  let exchange: Exchange;
  let voice: Voice;
  let communication: Communication;
  let endpoint: string;
  let appUrl: string;
  let issuer: string;
  const events = new Log<PublishedEvent>();
  const callbacks = new Log<Callback>();
  const sockets = new Log<{ socket: WebSocket; headers: Record<string, string | string[] | undefined>; frames: Log<string> }>();
  const recordings = new Log<{ name: string; bytes: Uint8Array; containerUrl: string | undefined }>();
  let failingCallbacks = 0;
  let refuseSockets = false;

  beforeAll(async () => {
    world = await openWorld();
    app = world.identity();
    world.grant({ objectId: app.objectId, role: "Communication and Email Service Owner", scope: accountId });
    const authority = await createCallAutomationAuthority({ clock: world.clock, folder: join(world.home, "communication") });
    issuer = (await world.start(authority.service)).url;
    authority.setIssuer(issuer);
    exchange = new Exchange({ clock: world.clock });
    voice = await openVoice();
    communication = createCommunication({
      access: world.directory,
      accountId,
      immutableResourceId,
      clock: world.clock,
      random: Math.random,
      authority,
      publish: (event) => events.add(event),
      exchange,
      voice,
      recordings: { write: (name, bytes, containerUrl) => recordings.add({ name, bytes, containerUrl }) },
      numbers: [system],
    });
    endpoint = (await world.start(communication)).url;
    appUrl = (await world.start(appUnderTest())).url;
  });
  afterAll(() => world.close());
  beforeEach(() => {
    events.clear();
    callbacks.clear();
    sockets.clear();
    recordings.clear();
    failingCallbacks = 0;
    refuseSockets = false;
  });

  /** Takes callbacks and media sockets, as the functions app and the bridge do. */
  function appUnderTest(): Service {
    const server = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 64 * 1024 });
    return {
      async fetch(request) {
        const prompt = prompts[new URL(request.url).pathname];
        if (request.method === "GET") return new Response(prompt ? new Uint8Array(prompt) : null, { status: prompt ? 200 : 404 });
        const body = (await request.json()) as Record<string, unknown>[];
        if (failingCallbacks-- > 0) return new Response(null, { status: 503 });
        for (const cloudEvent of body) {
          const authorization = request.headers.get("authorization") ?? "";
          callbacks.add({ authorization, cloudEvent, event: parseCallAutomationEvent(cloudEvent) });
        }
        return new Response();
      },
      upgrade(request, socket, head) {
        if (refuseSockets) return void socket.end("HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n");
        server.handleUpgrade(request, socket, head, (webSocket) => {
          const frames = new Log<string>();
          webSocket.on("message", (data) => frames.add(data.toString()));
          sockets.add({ socket: webSocket, headers: request.headers, frames });
        });
      },
      close: () => server.close(),
    };
  }

  const client = (credential = app.credential): CallAutomationClient => new CallAutomationClient(endpoint, credential);
  const callbackUrl = (): string => `${appUrl}/acs/callback/1`;
  const streaming = (audioFormat: "Pcm24KMono" | "Pcm16KMono" = "Pcm24KMono") => ({
    transportType: "websocket" as const,
    transportUrl: `${appUrl.replace("https:", "wss:")}/media/1?nonce=n`,
    contentType: "audio" as const,
    audioChannelType: "unmixed" as const,
    startMediaStreaming: true,
    enableBidirectional: true,
    enableDtmfTones: true,
    audioFormat,
  });
  const told = (kind: string): Promise<Callback> => callbacks.first((each) => each.event.kind === kind);
  const incoming = (): Promise<PublishedEvent> => events.first((each) => each.type === "Microsoft.Communication.IncomingCall");
  const contextOf = (event: PublishedEvent): string => String(event.data.incomingCallContext);

  function phone(number: string): TestPhone {
    const made = new TestPhone();
    exchange.register(number, { ring: (ringing) => made.rings.add(ringing), text: ({ words }) => made.texts.add(words) });
    return made;
  }

  async function answered(options: Parameters<CallAutomationClient["answerCall"]>[2] = {}) {
    const dialling = new TestPhone();
    dialling.seat = exchange.dial(caller, system, dialling);
    const event = await incoming();
    const { callConnection, callConnectionProperties } = await client().answerCall(contextOf(event), callbackUrl(), options);
    await told("CallConnected");
    return { dialling, callConnection, properties: callConnectionProperties, event };
  }

  async function refusal(attempt: Promise<unknown>): Promise<{ statusCode: number; code: string; message: string }> {
    const error = await attempt.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!(error instanceof Error)) throw new Error("it was not refused");
    return error as Error & { statusCode: number; code: string };
  }

  test("somebody calls the number: the app is told, answers, and learns that the call is connected", async () => {
    const { event, properties, dialling } = await answered({ operationContext: "greeting" });
    expect(event).toMatchObject({
      subject: `/caller/4:${caller}/recipient/4:${system}`,
      data: {
        from: { kind: "phoneNumber", rawId: `4:${caller}`, phoneNumber: { value: caller } },
        to: { kind: "phoneNumber", rawId: `4:${system}`, phoneNumber: { value: system } },
        callerDisplayName: "",
      },
    });
    expect(properties).toMatchObject({ source: { phoneNumber: caller }, answeredFor: { phoneNumber: system } });
    expect(properties.serverCallId).toBe(event.data.serverCallId);
    expect(properties.correlationId).toBe(event.data.correlationId);
    expect((await told("CallConnected")).event).toMatchObject({
      callConnectionId: properties.callConnectionId,
      operationContext: "greeting",
    });
    expect((await told("ParticipantsUpdated")).event).toMatchObject({ participants: [{ identifier: { phoneNumber: caller } }] });
    dialling.seat?.leave();
    expect((await told("CallDisconnected")).event).toMatchObject({ resultInformation: { code: 200, subCode: 560_000 } });
    const order = callbacks.entries.map((each) => each.event.kind);
    expect(order).toEqual(["CallConnected", "ParticipantsUpdated", "CallDisconnected"]);
  });

  test("every callback carries its own five-minute token of the published authority, for this resource alone", async () => {
    const { callConnection } = await answered();
    await callConnection.hangUp(true);
    await told("CallDisconnected");
    const metadata = (await (await fetch(`${issuer}/calling/.well-known/acsopenidconfiguration`)).json()) as Record<
      string,
      string
    >;
    expect(metadata.issuer).toBe(issuer);
    const keys = createRemoteJWKSet(new URL(metadata.jwks_uri ?? ""));
    for (const { authorization } of callbacks.entries) {
      const token = authorization.replace("Bearer ", "");
      const { payload } = await jwtVerify(token, keys, { issuer, audience: immutableResourceId, algorithms: ["RS256"] });
      expect((payload.exp ?? 0) - (payload.nbf ?? 0)).toBe(300);
      await expect(jwtVerify(token, keys, { issuer, audience: "another resource" })).rejects.toThrow(/aud/);
    }
  });

  test("a callback the app could not take is tried again, before the ones that follow it", async () => {
    failingCallbacks = 2;
    const { callConnection } = await answered();
    await callConnection.hangUp(true);
    await told("CallDisconnected");
    const kinds = callbacks.entries.map((each) => each.event.kind);
    expect(kinds).toEqual(["CallConnected", "ParticipantsUpdated", "CallDisconnected"]);
  });

  test("sound travels byte for byte: the caller's to the app, the app's to the caller", async () => {
    const { dialling, properties } = await answered({ mediaStreamingOptions: streaming() });
    const { socket, headers, frames } = await sockets.first(() => true);
    expect(headers).toMatchObject({
      "x-ms-call-connection-id": properties.callConnectionId,
      "x-ms-call-correlation-id": properties.correlationId,
    });
    const token = String(headers.authorization).replace("Bearer ", "");
    await jwtVerify(token, createRemoteJWKSet(new URL(`${issuer}/calling/keys`)), { issuer, audience: immutableResourceId });

    const spoken = randomBytes(frameSamples * 2 * 7);
    dialling.seat?.speak(new Int16Array(spoken.buffer.slice(spoken.byteOffset, spoken.byteOffset + spoken.length)));
    const loudFrames = (): Buffer[] =>
      frames.entries.slice(1).flatMap((text) => {
        const { kind, audioData } = JSON.parse(text) as { kind: string; audioData: { data: string; silent: boolean } };
        return kind === "AudioData" && !audioData.silent ? [Buffer.from(audioData.data, "base64")] : [];
      });
    await frames.first(() => loudFrames().length === 7);
    expect(Buffer.concat(loudFrames())).toEqual(spoken);
    expect(JSON.parse(frames.entries[0] ?? "")).toMatchObject({
      kind: "AudioMetadata",
      audioMetadata: { encoding: "PCM", sampleRate: 24_000, channels: 1, length: 960 },
    });
    expect(StreamingData.parse(frames.entries[1] ?? "")).toMatchObject({ participant: { phoneNumber: caller } });

    const reply = randomBytes(frameSamples * 2 * 5);
    for (let at = 0; at < reply.length; at += 960)
      socket.send(createOutboundAudioData(reply.subarray(at, at + 960).toString("base64")));
    await dialling.heard.first(() => dialling.soundBytes().length >= reply.length);
    expect(dialling.soundBytes()).toEqual(reply);
    dialling.seat?.leave();
    await told("CallDisconnected");
  });

  test("at 16 kHz a frame has 640 bytes, and silence flows too", async () => {
    const { dialling } = await answered({ mediaStreamingOptions: streaming("Pcm16KMono") });
    const { frames } = await sockets.first(() => true);
    await frames.first(() => frames.entries.length > 3);
    const [metadata, ...data] = frames.entries.map((text) => JSON.parse(text) as Record<string, Record<string, string>>);
    expect(metadata).toMatchObject({ audioMetadata: { sampleRate: 16_000, length: 640 } });
    for (const { audioData } of data) expect(Buffer.from(audioData?.data ?? "", "base64")).toHaveLength(640);
    dialling.seat?.leave();
  });

  test("stop-audio silences what the caller has not heard yet", async () => {
    const { dialling } = await answered({ mediaStreamingOptions: streaming() });
    const { socket } = await sockets.first(() => true);
    const minute = Buffer.alloc(960 * 50 * 30, 1);
    socket.send(createOutboundAudioData(minute.toString("base64")));
    await dialling.heard.first(({ heard }) => !heard.silent);
    socket.send(createOutboundStopAudioData());
    const interrupted = dialling.heard.entries.length;
    await dialling.heard.first((moment) => moment.heard.silent && dialling.heard.entries.indexOf(moment) > interrupted);
    expect(dialling.soundBytes().length).toBeLessThan(minute.length / 10);
    dialling.seat?.leave();
  });

  test("keys the caller presses reach the app on the stream and in a recognition", async () => {
    const { dialling, callConnection } = await answered({ mediaStreamingOptions: streaming() });
    const { frames } = await sockets.first(() => true);
    await callConnection
      .getCallMedia()
      .startRecognizing(
        { phoneNumber: caller },
        { kind: "callMediaRecognizeDtmfOptions", maxTonesToCollect: 2, operationContext: "menu" },
      );
    dialling.seat?.press("4");
    dialling.seat?.press("#");
    expect((await told("RecognizeCompleted")).event).toMatchObject({
      operationContext: "menu",
      recognitionType: "dtmf",
      dtmfResult: { tones: ["four", "pound"] },
    });
    const tones = await frames.first((text) => text.includes("DtmfData"));
    expect(StreamingData.parse(tones)).toEqual({ data: "4" });
    await callConnection.getCallMedia().sendDtmfTones(["nine"], { phoneNumber: caller });
    expect(await dialling.digits.first(() => true)).toBe("9");
    dialling.seat?.leave();
  });

  test("the service plays a file of the right form, and says why it cannot play another", async () => {
    const { dialling, callConnection } = await answered();
    const media = callConnection.getCallMedia();
    await media.playToAll([{ kind: "fileSource", url: `${appUrl}/prompt.wav` }], { operationContext: "welcome" });
    expect((await told("PlayStarted")).event).toMatchObject({ operationContext: "welcome" });
    await told("PlayCompleted");
    expect(dialling.heard.entries.filter(({ heard }) => heard.pcm[240] === 4_000)).toHaveLength(10);
    for (const [source, subCode] of [
      [{ kind: "fileSource", url: `${appUrl}/music.wav` }, 8535],
      [{ kind: "fileSource", url: `${appUrl}/missing.wav` }, 8536],
      [{ kind: "textSource", text: "Hello" }, 8565],
    ] as const) {
      callbacks.clear();
      await media.playToAll([source]);
      expect((await told("PlayFailed")).event).toMatchObject({ resultInformation: { code: 400, subCode } });
    }
    callbacks.clear();
    await media.playToAll([{ kind: "fileSource", url: `${appUrl}/prompt.wav` }]);
    await told("PlayStarted");
    await media.cancelAllOperations();
    await told("PlayCanceled");
    expect(await refusal(media.playToAll([{ kind: "fileSource", url: `${appUrl}/prompt.wav` }], { loop: true }))).toMatchObject({
      statusCode: 501,
    });
    dialling.seat?.leave();
  });

  test("a socket that the app refuses is told as 8581, and the call goes on", async () => {
    refuseSockets = true;
    const { callConnection } = await answered({ mediaStreamingOptions: streaming() });
    expect((await told("MediaStreamingFailed")).event).toMatchObject({ resultInformation: { code: 400, subCode: 8581 } });
    refuseSockets = false;
    await callConnection.getCallMedia().startMediaStreaming({});
    await told("MediaStreamingStarted");
    const { socket } = await sockets.first(() => true);
    const soundIs = async () => (await callConnection.getCallConnectionProperties()).mediaStreamingSubscription?.state;
    expect(await soundIs()).toBe("active");
    callbacks.clear();
    socket.close(1001);
    expect((await told("MediaStreamingFailed")).event).toMatchObject({
      mediaStreamingUpdate: { mediaStreamingStatusDetails: "streamConnectionInterrupted" },
    });
    expect(await soundIs()).toBe("inactive");
    expect((await callConnection.getCallConnectionProperties()).callConnectionState).toBe("connected");
    await callConnection.hangUp(true);
  });

  test("a stream that is torn off is told, and opens again at the same address with another token", async () => {
    const { dialling, callConnection } = await answered({ mediaStreamingOptions: streaming() });
    const first = await sockets.first(() => true);
    await first.frames.first(() => true);
    expect(exchange.loseSound(callee)).toBe(false);
    const closed = new Promise((resolve) => first.socket.once("close", resolve));
    expect(exchange.loseSound(caller)).toBe(true);
    expect(await closed).toBe(1006);
    expect((await told("MediaStreamingFailed")).event).toMatchObject({
      mediaStreamingUpdate: { mediaStreamingStatusDetails: "streamConnectionInterrupted" },
    });
    expect(exchange.loseSound(caller)).toBe(false);
    sockets.clear();
    await callConnection.getCallMedia().startMediaStreaming();
    const second = await sockets.first(() => true);
    expect(second.headers.authorization).toMatch(/^Bearer /);
    expect(second.headers.authorization).not.toBe(first.headers.authorization);
    await callConnection.hangUp(true);
    expect(dialling.endings.entries).toEqual(["hung up"]);
  });

  test("a text is spoken with the voice of the speech service the call was given, so that the caller hears its words", async () => {
    const { dialling, callConnection } = await answered({
      callIntelligenceOptions: { cognitiveServicesEndpoint: "https://speech.example/" },
    });
    const ear = voice.ear();
    const words = "One moment please.";
    const source = { kind: "textSource", text: words, sourceLocale: "en-US", voiceName: "en-US-AvaNeural" } as const;
    await callConnection.getCallMedia().playToAll([source], { operationContext: "line" });
    let heard: string[] = [];
    await dialling.heard.first((moment) => {
      heard = [...heard, ...ear.hear(moment.heard.pcm)];
      return heard.length > 0;
    });
    expect(heard).toEqual([words]);
    expect((await told("PlayCompleted")).event).toMatchObject({ operationContext: "line" });
    ear.close();
    dialling.seat?.leave();
  });

  test("a caller on hold hears music and nobody else, and nobody hears the caller, until they are taken off it", async () => {
    const colleague = phone("+14255550129");
    const { dialling, callConnection } = await answered({ mediaStreamingOptions: streaming() });
    const { socket, frames } = await sockets.first(() => true);
    const number = "+14255550129";
    await callConnection.addParticipant({
      targetParticipant: { phoneNumber: number },
      sourceCallIdNumber: { phoneNumber: system },
    });
    const seat = (await colleague.rings.first(() => true)).answer(colleague);
    const media = callConnection.getCallMedia();
    const onHold = async () =>
      (await callConnection.listParticipants()).values?.filter((each) => each.isOnHold).map((each) => each.identifier);
    const speaks = (speaker: Seat | undefined, level: number) => speaker?.speak(new Int16Array(frameSamples * 10).fill(level));
    const heardBy = (listener: TestPhone, level: number) => listener.heard.first(({ heard }) => heard.pcm[0] === level);

    await media.hold({ phoneNumber: caller });
    expect(await onHold()).toEqual([expect.objectContaining({ phoneNumber: caller })]);
    dialling.heard.clear();
    dialling.seat?.press("1");
    speaks(dialling.seat, 7_000);
    socket.send(createOutboundAudioData(bytesOf(new Int16Array(frameSamples * 10).fill(5_000)).toString("base64")));
    await heardBy(colleague, 5_000);
    speaks(seat, 6_000);
    seat.press("2");
    await frames.first((text) => text.includes("DtmfData"));
    await dialling.heard.first(() => dialling.heard.entries.length >= 40);
    const levels = dialling.heard.entries.map(({ heard }) => Math.max(...heard.pcm));
    expect(Math.max(...levels)).toBeLessThan(2_000);
    expect(Math.max(...levels)).toBeGreaterThan(500);
    expect(colleague.heard.entries.some(({ heard }) => heard.pcm.includes(7_000))).toBe(false);
    expect(frames.entries.filter((text) => text.includes("DtmfData"))).toHaveLength(1);

    await media.unhold({ phoneNumber: caller });
    expect(await onHold()).toEqual([]);
    speaks(dialling.seat, 3_000);
    await heardBy(colleague, 3_000);
    expect(await refusal(media.unhold({ phoneNumber: caller }))).toMatchObject({ statusCode: 400 });
    await media.hold({ phoneNumber: callee }, { operationContext: "nobody" });
    expect((await told("HoldFailed")).event).toMatchObject({ operationContext: "nobody", resultInformation: { code: 404 } });
    await callConnection.hangUp(true);
  });

  test("what is said while a recording is paused is a gap in it, as long as the pause", async () => {
    const { dialling, properties } = await answered();
    const recorder = client().getCallRecording();
    const { recordingId = "" } = await recorder.start({
      callConnectionId: properties.callConnectionId ?? "",
      recordingContent: "audio",
      recordingChannel: "mixed",
      recordingFormat: "wav",
    });
    const says = async (level: number): Promise<void> => {
      dialling.seat?.speak(new Int16Array(frameSamples * 10).fill(level));
      await dialling.heard.first(() => (dialling.seat?.waitingMs ?? 0) === 0);
    };
    await says(1_000);
    await recorder.pause(recordingId);
    await says(2_000);
    await recorder.resume(recordingId);
    await says(3_000);
    await recorder.stop(recordingId);
    const { mono } = readWav((await recordings.first(() => true)).bytes);
    const first = mono.lastIndexOf(1_000);
    const last = mono.indexOf(3_000);
    expect(mono).not.toContain(2_000);
    expect(first).toBeGreaterThan(0);
    expect(mono.subarray(first + 400, last - 400).every((sample) => sample === 0)).toBe(true);
    expect((last - first) / 16_000).toBeGreaterThanOrEqual(0.2);
    dialling.seat?.leave();
  });

  test("the app calls somebody: the phone rings with the app's number, picks up, and both hear each other", async () => {
    const called = phone(callee);
    const { callConnection, callConnectionProperties } = await client().createCall(
      { targetParticipant: { phoneNumber: callee }, sourceCallIdNumber: { phoneNumber: system } },
      callbackUrl(),
      { mediaStreamingOptions: streaming() },
    );
    expect(callConnectionProperties).toMatchObject({
      callConnectionState: "connecting",
      sourceCallerIdNumber: { phoneNumber: system },
    });
    const ringing = await called.rings.first(() => true);
    expect(ringing.from).toBe(system);
    ringing.answer(called);
    await told("CallConnected");
    await told("MediaStreamingStarted");
    await callConnection.hangUp(true);
    await called.endings.first((ending) => ending === "hung up");
    await told("CallDisconnected");
    expect(await refusal(callConnection.getCallConnectionProperties())).toMatchObject({ statusCode: 404, code: "8522" });
  });

  test("a phone that picks up before it has rung is connected like any other, called or invited", async () => {
    const quick = new TestPhone();
    const joining = new TestPhone();
    const pickUp = (to: TestPhone) => (ringing: Ringing) => {
      to.seat = ringing.answer(to);
    };
    exchange.register("+14255550195", { ring: pickUp(quick) });
    exchange.register("+14255550196", { ring: pickUp(joining) });
    const target = { targetParticipant: { phoneNumber: "+14255550195" }, sourceCallIdNumber: { phoneNumber: system } };
    const { callConnection } = await client().createCall(target, callbackUrl(), {});
    await told("CallConnected");
    expect((await callConnection.getCallConnectionProperties()).callConnectionState).toBe("connected");
    await callConnection.addParticipant({
      targetParticipant: { phoneNumber: "+14255550196" },
      sourceCallIdNumber: { phoneNumber: system },
    });
    await told("AddParticipantSucceeded");
    await callConnection.hangUp(true);
    await quick.endings.first((ending) => ending === "hung up");
    await joining.endings.first((ending) => ending === "hung up");
  });

  test("a busy phone and a declined call are told with the reason", async () => {
    const called = phone("+14255550124");
    for (const [ending, code] of [
      ["busy", 486],
      ["declined", 603],
    ] as const) {
      callbacks.clear();
      called.rings.clear();
      const target = { targetParticipant: { phoneNumber: "+14255550124" }, sourceCallIdNumber: { phoneNumber: system } };
      await client().createCall(target, callbackUrl(), {});
      (await called.rings.first(() => true)).refuse(ending);
      expect((await told("CreateCallFailed")).event).toMatchObject({ resultInformation: { code, subCode: 560_000 + code } });
    }
  });

  test("a call that is cancelled while it rings stops ringing", async () => {
    const called = phone("+14255550125");
    const target = { targetParticipant: { phoneNumber: "+14255550125" }, sourceCallIdNumber: { phoneNumber: system } };
    const { callConnection } = await client().createCall(target, callbackUrl(), {});
    const ringing = await called.rings.first(() => true);
    const stopped = new Promise<void>((resolve) => ringing.stopped(resolve));
    await callConnection.hangUp(true);
    await stopped;
    expect((await told("CallDisconnected")).event).toMatchObject({ resultInformation: { code: 487 } });
    expect(() => ringing.answer(called)).toThrow(/no longer rings/);
  });

  test("a transfer leaves the caller with the colleague and the app without the call", async () => {
    const colleague = phone("+14255550126");
    const { dialling, callConnection } = await answered();
    await callConnection.transferCallToParticipant({ phoneNumber: "+14255550126" }, { operationContext: "human" });
    (await colleague.rings.first(() => true)).answer(colleague);
    expect((await told("CallTransferAccepted")).event).toMatchObject({
      operationContext: "human",
      // This SDK hands these two over as they are on the wire.
      transferTarget: { phoneNumber: { value: "+14255550126" } },
      transferee: { phoneNumber: { value: caller } },
    });
    await told("CallDisconnected");
    dialling.seat?.speak(new Int16Array(frameSamples * 3).fill(7));
    await colleague.heard.first(({ heard }) => heard.pcm[0] === 7);
    dialling.seat?.leave();
    await colleague.endings.first(() => true);
  });

  test("a transfer nobody takes is told, and the call goes on", async () => {
    const { dialling, callConnection } = await answered();
    await callConnection.transferCallToParticipant({ phoneNumber: "+14255550199" });
    expect((await told("CallTransferFailed")).event).toMatchObject({ resultInformation: { code: 404 } });
    expect((await callConnection.getCallConnectionProperties()).callConnectionState).toBe("connected");
    dialling.seat?.leave();
  });

  test("a colleague joins the call and can be removed from it", async () => {
    const colleague = phone("+14255550127");
    const { dialling, callConnection } = await answered();
    await callConnection.addParticipant({
      targetParticipant: { phoneNumber: "+14255550127" },
      sourceCallIdNumber: { phoneNumber: system },
    });
    (await colleague.rings.first(() => true)).answer(colleague);
    expect((await told("AddParticipantSucceeded")).event).toMatchObject({ participant: { phoneNumber: "+14255550127" } });
    const { values } = await callConnection.listParticipants();
    expect(values?.map(({ identifier }) => identifier)).toMatchObject([{ phoneNumber: caller }, { phoneNumber: "+14255550127" }]);
    await callConnection.removeParticipant({ phoneNumber: "+14255550127" });
    await told("RemoveParticipantSucceeded");
    await colleague.endings.first(() => true);
    dialling.seat?.leave();
  });

  test("a recording lands as a WAV file with the caller on one channel and the app on the other", async () => {
    const { dialling, properties } = await answered({ mediaStreamingOptions: streaming() });
    const { socket } = await sockets.first(() => true);
    const recorder = client().getCallRecording();
    const containerUrl = "https://account.blob.core.windows.net/recordings";
    const { recordingId = "" } = await recorder.start({
      callConnectionId: properties.callConnectionId ?? "",
      recordingContent: "audio",
      recordingChannel: "unmixed",
      recordingFormat: "wav",
      recordingStateCallbackEndpointUrl: callbackUrl(),
      recordingStorage: { recordingStorageKind: "azureBlobStorage", recordingDestinationContainerUrl: containerUrl },
    });
    expect((await told("RecordingStateChanged")).event).toMatchObject({ recordingId, state: "active" });
    dialling.seat?.speak(new Int16Array(frameSamples * 10).fill(1_000));
    socket.send(createOutboundAudioData(bytesOf(new Int16Array(frameSamples * 10).fill(-2_000)).toString("base64")));
    await dialling.heard.first(() => dialling.soundBytes().length >= frameSamples * 2 * 10);
    expect((await recorder.getState(recordingId)).recordingState).toBe("active");
    await recorder.stop(recordingId);
    const { name, bytes, containerUrl: given } = await recordings.first(() => true);
    expect(given).toBe(containerUrl);
    expect(name).toContain(recordingId);
    const { format, mono } = readWav(bytes);
    expect(format).toMatchObject({ channels: 2, rate: 16_000, bits: 16 });
    // One channel at +1,000, the other at -2,000: as one, they pass -500 while both speak.
    expect(mono).toContain(-500);
    const stored = await events.first((each) => each.type === "Microsoft.Communication.RecordingFileStatusUpdated");
    expect(stored.data).toMatchObject({ recordingFormatType: "Wav", recordingChannelType: "Unmixed" });
    expect(await refusal(recorder.getState(recordingId))).toMatchObject({ statusCode: 404 });
    dialling.seat?.leave();
  });

  test("what the service refuses, the laptop refuses: each with a status and a code", async () => {
    const stranger = world.identity();
    const target = { targetParticipant: { phoneNumber: callee }, sourceCallIdNumber: { phoneNumber: system } };
    expect(await refusal(client(stranger.credential).createCall(target, callbackUrl(), {}))).toMatchObject({
      statusCode: 403,
      code: "Forbidden",
    });
    const elsewhere = { getToken: () => app.credential.getToken("https://cosmos.azure.com/.default") };
    expect(await refusal(client(elsewhere).createCall(target, callbackUrl(), {}))).toMatchObject({
      statusCode: 401,
      code: "Denied",
    });
    const own = client();
    expect(await refusal(own.createCall(target, "http://app.example/callback", {}))).toMatchObject({
      statusCode: 400,
      message: expect.stringContaining("callbackUri: must be an https address"),
    });
    const foreign = { ...target, sourceCallIdNumber: { phoneNumber: "+33199000000" } };
    expect(await refusal(own.createCall(foreign, callbackUrl(), {}))).toMatchObject({ statusCode: 400 });
    expect(await refusal(own.answerCall("invented", callbackUrl()))).toMatchObject({ statusCode: 400 });
    expect(await refusal(own.getCallConnection("nobody").hangUp(true))).toMatchObject({ statusCode: 404, code: "8522" });
  });

  test("a call is answered once, and not at all when the caller has hung up", async () => {
    const { dialling, event } = await answered();
    expect(await refusal(client().answerCall(contextOf(event), callbackUrl()))).toMatchObject({ statusCode: 400 });
    dialling.seat?.leave();
    events.clear();
    exchange.dial(caller, system, new TestPhone()).leave();
    expect(await refusal(client().answerCall(contextOf(await incoming()), callbackUrl()))).toMatchObject({ statusCode: 404 });
  });

  test("an SMS reaches the phone once, however often its request is repeated, and its delivery is reported", async () => {
    const receiver = phone("+14255550128");
    const sms = new SmsClient(endpoint, app.credential);
    const [sent, faulty] = await sms.send(
      { from: system, to: ["+14255550128", "12"], message: "See you at ten 🙂" },
      { enableDeliveryReport: true, tag: "visit" },
    );
    expect(sent).toMatchObject({ successful: true, httpStatusCode: 202, repeatabilityResult: "accepted" });
    expect(faulty).toMatchObject({
      successful: false,
      httpStatusCode: 400,
      errorMessage: expect.stringContaining("To phone number"),
    });
    const report = await events.first((each) => each.type === "Microsoft.Communication.SMSDeliveryReportReceived");
    expect(report.data).toMatchObject({
      messageId: sent?.messageId,
      to: "+14255550128",
      deliveryStatus: "Delivered",
      tag: "visit",
    });

    const { token } = await app.credential
      .getToken("https://communication.azure.com//.default")
      .then((found) => found ?? { token: "" });
    const body = JSON.stringify({
      from: system,
      smsRecipients: [{ to: "+14255550128", repeatabilityRequestId: "b4a3" }],
      message: "Only once",
    });
    const again = async (): Promise<unknown> => {
      const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
      return (await fetch(`${endpoint}/sms?api-version=2021-03-07`, { method: "POST", headers, body })).json();
    };
    expect(await again()).toEqual(await again());
    expect(receiver.texts.entries).toEqual(["See you at ten 🙂", "Only once"]);
    const foreign = sms.send({ from: "+33199000000", to: [callee], message: "hello" });
    expect(await refusal(foreign)).toMatchObject({ statusCode: 400 });
  });

  test("a phone that texts the number becomes an event", async () => {
    exchange.text(caller, system, "I will be late");
    const event = await events.first((each) => each.type === "Microsoft.Communication.SMSReceived");
    expect(event).toMatchObject({
      subject: `/phonenumber/${system.slice(1)}`,
      data: { from: caller, to: system, message: "I will be late" },
    });
  });

  test("a request without a token, with an unknown api-version or without one gets the service's error", async () => {
    const { token } = await app.credential
      .getToken("https://communication.azure.com/.default")
      .then((found) => found ?? { token: "" });
    const ask = async (query: string, authorization?: string) => {
      const headers = authorization ? { authorization } : {};
      const answer = await fetch(`${endpoint}/calling/callConnections/x${query}`, { headers });
      return { status: answer.status, code: ((await answer.json()) as { error: { code: string } }).error.code };
    };
    expect(await ask("?api-version=2026-03-12")).toEqual({ status: 401, code: "Denied" });
    expect(await ask("?api-version=1999-01-01", `Bearer ${token}`)).toEqual({ status: 400, code: "UnsupportedApiVersionValue" });
    expect(await ask("", `Bearer ${token}`)).toEqual({ status: 400, code: "MissingApiVersionParameter" });
  });
});

describe.runIf(realEndpoint)("the real Communication Services", () => {
  const client = new CallAutomationClient(realEndpoint ?? "https://localhost", new DefaultAzureCredential());

  test("an unknown call is a 404, and an invented context is refused", async () => {
    await expect(client.getCallConnection("00000000-0000-4000-8000-000000000000").hangUp(true)).rejects.toMatchObject({
      statusCode: 404,
    });
    await expect(client.answerCall("invented", "https://example.com/callback")).rejects.toMatchObject({ statusCode: 400 });
  });
});
