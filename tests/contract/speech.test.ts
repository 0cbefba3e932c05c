/**
 * The Speech SDK and the REST interfaces against the laptop's voice. A real service speaks with a human voice that this suite cannot check
 * word for word, so the parts that do not look into the sound run there too: CONTRACT_SPEECH_ENDPOINT=`https://<name>.cognitiveservices.azure.com`
 * and CONTRACT_SPEECH_RESOURCE_ID, with "Cognitive Services Speech User" for DefaultAzureCredential.
 */
import { DefaultAzureCredential, type TokenCredential } from "@azure/identity";
import {
  AudioConfig,
  AudioInputStream,
  AudioStreamFormat,
  AutoDetectSourceLanguageConfig,
  CancellationReason,
  LanguageIdMode,
  OutputFormat,
  PropertyId,
  ResultReason,
  SpeechConfig,
  SpeechRecognizer,
  SpeechSynthesisOutputFormat,
  type SpeechSynthesisResult,
  SpeechSynthesizer,
} from "microsoft-cognitiveservices-speech-sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import type { Clock } from "../../laptop/clock.ts";
import { createSpeech } from "../../laptop/speech/speech.ts";
import { bytesFromPcm, pcmFromBytes, resample } from "../../laptop/voice/sound.ts";
import { openVoice, type Voice } from "../../laptop/voice/voice.ts";
import { openWorld, type World } from "../support/stand-in.ts";

const real = process.env.CONTRACT_SPEECH_ENDPOINT;
const accountId =
  process.env.CONTRACT_SPEECH_RESOURCE_ID ??
  "/subscriptions/s/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/speech";

const customVoice = "4f1c7d52-30a8-4b6c-9d1e-1f3a5b7c9d11";

/** The stand-in's timers fire when the test says so. */
const due = new Set<() => void>();
const clock: Clock = {
  nowMs: () => Date.now(),
  after(_delayMs, act) {
    due.add(act);
    return () => due.delete(act);
  },
};

let world: World;
let voice: Voice;
let endpoint: string;
let credential: TokenCredential;

beforeAll(async () => {
  voice = await openVoice();
  if (real) {
    endpoint = real.replace(/\/$/, "");
    credential = new DefaultAzureCredential();
    return;
  }
  world = await openWorld();
  endpoint = (await world.start(createSpeech({ access: world.directory, accountId, voice, customVoices: [customVoice], clock })))
    .url;
  const identity = world.identity();
  world.grant({ objectId: identity.objectId, role: "Cognitive Services Speech User", scope: accountId });
  credential = identity.credential;
});
afterAll(() => world?.close());

const ssml = (text: string) =>
  `<speak version="1.0" xml:lang="en-US"><voice name="en-US-ShimmerTurboMultilingualNeural">${text}</voice></speak>`;

async function bearer(of: TokenCredential = credential): Promise<string> {
  return (await of.getToken("https://cognitiveservices.azure.com/.default"))?.token ?? "";
}

async function config(token?: string): Promise<SpeechConfig> {
  const made = SpeechConfig.fromHost(new URL(endpoint.replace("https", "wss")));
  made.authorizationToken = `aad#${accountId}#${token ?? (await bearer())}`;
  made.speechRecognitionLanguage = "en-US";
  return made;
}

function heard(sound: Int16Array): string[] {
  const ear = voice.ear();
  const texts = [...ear.hear(sound), ...ear.hear(new Int16Array(12_000))];
  ear.close();
  return texts;
}

const say = async (text: string, headers: Record<string, string> = {}) =>
  fetch(`${endpoint}/tts/cognitiveservices/v1`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${await bearer()}`,
      "content-type": "application/ssml+xml",
      "x-microsoft-outputformat": "raw-24khz-16bit-mono-pcm",
      "user-agent": "contract",
      ...headers,
    },
    body: ssml(text),
  });

describe("by REST", () => {
  test("a sentence comes back as sound in the format asked for", async () => {
    const raw = Buffer.from(await (await say("Hello there")).arrayBuffer());
    const riff = Buffer.from(
      await (await say("Hello there", { "x-microsoft-outputformat": "riff-16khz-16bit-mono-pcm" })).arrayBuffer(),
    );
    expect(raw.length % 2).toBe(0);
    expect([riff.toString("latin1", 0, 4), riff.readUInt32LE(24), riff.readUInt16LE(22)]).toEqual(["RIFF", 16_000, 1]);
    expect((riff.length - 44) / 32_000).toBeCloseTo(raw.length / 48_000, 0);
  });

  test("SSML that is none, and a missing format, are refused", async () => {
    expect((await say("never <closed>")).status).toBe(400);
    expect((await say("Hello", { "x-microsoft-outputformat": "" })).status).toBe(400);
    expect((await say("Hello", { "content-type": "text/plain" })).status).toBe(415);
  });
});

describe("by the Speech SDK", () => {
  async function speak(
    text: string,
    format = SpeechSynthesisOutputFormat.Raw24Khz16BitMonoPcm,
    token?: string,
  ): Promise<SpeechSynthesisResult> {
    const settings = await config(token);
    settings.speechSynthesisOutputFormat = format;
    const synthesizer = new SpeechSynthesizer(settings, null as unknown as AudioConfig);
    return new Promise<SpeechSynthesisResult>((resolve, reject) =>
      synthesizer.speakSsmlAsync(ssml(text), resolve, reject),
    ).finally(() => synthesizer.close());
  }

  test("a sentence is spoken", async () => {
    const result = await speak("Hello there");
    expect(ResultReason[result.reason]).toBe("SynthesizingAudioCompleted");
    expect(result.audioData.byteLength).toBeGreaterThan(24_000);
  });

  describe.skipIf(real)(
    "word for word (skipped: a real service is under test, whose voice only people and it understand)",
    () => {
      test("what is spoken is what was written", async () => {
        const { audioData } = await speak("Votre dossier est prêt, n'est-ce pas ?");
        expect(heard(pcmFromBytes(Buffer.from(audioData)))).toEqual(["Votre dossier est prêt, n'est-ce pas ?"]);
        expect(heard(pcmFromBytes(Buffer.from(await (await say("by REST")).arrayBuffer())))).toEqual(["by REST"]);
        const riff = await speak("as a file", SpeechSynthesisOutputFormat.Riff16Khz16BitMonoPcm);
        expect(heard(resample(pcmFromBytes(Buffer.from(riff.audioData).subarray(44)), 16_000, 24_000))).toEqual(["as a file"]);
      });

      test("one sentence is recognised once", async () => {
        const stream = AudioInputStream.createPushStream(AudioStreamFormat.getWaveFormatPCM(16_000, 16, 1));
        stream.write(bytes16("I had an accident"));
        stream.close();
        const settings = await config();
        settings.outputFormat = OutputFormat.Detailed;
        const recognizer = new SpeechRecognizer(settings, AudioConfig.fromStreamInput(stream));
        const result = await new Promise<{ text: string; reason: ResultReason }>((resolve, reject) =>
          recognizer.recognizeOnceAsync(resolve, reject),
        );
        expect([ResultReason[result.reason], result.text]).toEqual(["RecognizedSpeech", "I had an accident"]);
        recognizer.close();
      });

      test("a conversation is recognised sentence by sentence, while it goes on, until the line is quiet", async () => {
        const stream = AudioInputStream.createPushStream(AudioStreamFormat.getWaveFormatPCM(16_000, 16, 1));
        const recognizer = new SpeechRecognizer(await config(), AudioConfig.fromStreamInput(stream));
        const texts: string[] = [];
        const offsets: number[] = [];
        const first = new Promise<void>((resolve) => {
          recognizer.recognized = (_, { result }) => {
            if (!result.text) return;
            texts.push(result.text);
            offsets.push(result.offset);
            resolve();
          };
        });
        const over = new Promise<void>((resolve) => {
          recognizer.sessionStopped = () => resolve();
        });
        await new Promise<void>((resolve, reject) => recognizer.startContinuousRecognitionAsync(resolve, reject));
        stream.write(bytes16("My name is Zoé."));
        await first;
        expect(texts).toEqual(["My name is Zoé."]);
        stream.write(bytes16("I live in Lyon."));
        stream.close();
        await over;
        expect(texts).toEqual(["My name is Zoé.", "I live in Lyon."]);
        expect(offsets[1]).toBeGreaterThan(offsets[0] ?? 0);
        recognizer.close();
      });

      async function conversation(settings: SpeechConfig, detect: readonly string[], ...said: string[]) {
        const stream = AudioInputStream.createPushStream(AudioStreamFormat.getWaveFormatPCM(16_000, 16, 1));
        const detection = AutoDetectSourceLanguageConfig.fromLanguages([...detect]);
        detection.mode = LanguageIdMode.Continuous;
        const recognizer = SpeechRecognizer.FromConfig(settings, detection, AudioConfig.fromStreamInput(stream));
        const told: string[] = [];
        const note =
          (kind: string) =>
          (_: unknown, { result }: { result: { text: string; language?: string } }) => {
            if (result.text) told.push([kind, ...(result.language ? [result.language] : []), result.text].join(" "));
          };
        recognizer.recognizing = note("perhaps");
        recognizer.recognized = note("heard");
        let failure = "";
        recognizer.canceled = (_, { reason, errorDetails }) => {
          if (reason === CancellationReason.Error) failure = errorDetails;
        };
        const over = new Promise<void>((resolve) => {
          recognizer.sessionStopped = () => resolve();
          const canceled = recognizer.canceled;
          recognizer.canceled = (sender, event) => {
            canceled(sender, event);
            resolve();
          };
        });
        await new Promise<void>((resolve, reject) => recognizer.startContinuousRecognitionAsync(resolve, reject));
        for (const text of said) stream.write(bytes16(text));
        stream.close();
        await over;
        recognizer.close();
        return { told, failure };
      }
      const universal = async () => {
        const settings = SpeechConfig.fromEndpoint(new URL(`${endpoint.replace("https", "wss")}/stt/speech/universal/v2`));
        settings.authorizationToken = `aad#${accountId}#${await bearer()}`;
        return settings;
      };

      test("words are told before they are final, and which language they are in when several are expected", async () => {
        const { told } = await conversation(
          await universal(),
          ["en-US", "fr-FR", "zh-CN"],
          "Bonjour, c'est moi.",
          "你好。",
          "OK.",
        );
        expect(told).toEqual([
          "perhaps fr-FR Bonjour, c'est moi.",
          "heard fr-FR Bonjour, c'est moi.",
          "perhaps zh-CN 你好。",
          "heard zh-CN 你好。",
          "perhaps zh-CN OK.",
          "heard zh-CN OK.",
        ]);
      });

      test("a phrase lasts until the silence that was asked for", async () => {
        const patient = await universal();
        patient.setProperty(PropertyId.Speech_SegmentationSilenceTimeoutMs, "3000");
        const { told } = await conversation(patient, ["en-US"], "My name is Zoé.", "I live in Lyon.");
        expect(told).toEqual([
          "perhaps en-US My name is Zoé.",
          "perhaps en-US My name is Zoé. I live in Lyon.",
          "heard en-US My name is Zoé. I live in Lyon.",
        ]);
      });

      test("too many languages, and a silence out of range, are refused", async () => {
        const many = ["en-US", "fr-FR", "zh-CN", "es-ES", "de-DE", "it-IT", "pt-PT", "nl-NL", "pl-PL", "sv-SE", "da-DK"];
        expect((await conversation(await universal(), many, "Hello")).failure).toContain("at most 10 languages");
        const hasty = await universal();
        hasty.setProperty(PropertyId.Speech_SegmentationSilenceTimeoutMs, "20");
        expect((await conversation(hasty, ["en-US"], "Hello")).failure).toContain("segmentationSilenceTimeoutMs");
      });

      test("a custom voice is found under its own address by the id of its endpoint, and no other", async () => {
        const spoken = async (id: string) => {
          const settings = SpeechConfig.fromEndpoint(
            new URL(`${endpoint.replace("https", "wss")}/voice/cognitiveservices/websocket/v1`),
          );
          settings.authorizationToken = `aad#${accountId}#${await bearer()}`;
          settings.speechSynthesisOutputFormat = SpeechSynthesisOutputFormat.Raw24Khz16BitMonoPcm;
          settings.endpointId = id;
          const synthesizer = new SpeechSynthesizer(settings, null as unknown as AudioConfig);
          const result = await new Promise<SpeechSynthesisResult>((resolve, reject) =>
            synthesizer.speakSsmlAsync(ssml("Hello there"), resolve, reject),
          ).finally(() => synthesizer.close());
          return ResultReason[result.reason];
        };
        expect(await spoken(customVoice)).toBe("SynthesizingAudioCompleted");
        expect(await spoken("00000000-0000-0000-0000-000000000000")).toBe("Canceled");
      });

      test("short audio by REST is recognised too, and silence is called silence", async () => {
        const riff = async (text: string) =>
          Buffer.from(await (await say(text, { "x-microsoft-outputformat": "riff-16khz-16bit-mono-pcm" })).arrayBuffer());
        const recognise = async (body: Buffer, query = "language=en-US") =>
          fetch(`${endpoint}/stt/speech/recognition/conversation/cognitiveservices/v1?${query}`, {
            method: "POST",
            headers: {
              authorization: `Bearer ${await bearer()}`,
              "content-type": "audio/wav; codecs=audio/pcm; samplerate=16000",
            },
            body: new Uint8Array(body),
          });
        const sound = await riff("call me back");
        expect(await (await recognise(sound)).json()).toMatchObject({
          RecognitionStatus: "Success",
          DisplayText: "call me back",
        });
        const quiet = Buffer.concat([sound.subarray(0, 44), Buffer.alloc(64_000)]);
        expect(await (await recognise(quiet)).json()).toMatchObject({ RecognitionStatus: "InitialSilenceTimeout" });
        expect((await recognise(sound, "")).status).toBe(400);
        expect((await recognise(Buffer.from("not sound"))).status).toBe(400);
      });

      test("a compressed format is honestly not made", async () => {
        const answer = await say("Hello", { "x-microsoft-outputformat": "audio-24khz-48kbitrate-mono-mp3" });
        expect([answer.status, await answer.text()]).toEqual([501, expect.stringContaining("raw and riff")]);
      });
    },
  );

  describe.skipIf(real)("what it refuses (skipped: a real service is under test, these need other identities)", () => {
    test("a caller without the role, with another resource's id, or with a token for something else", async () => {
      const stranger = world.identity();
      expect((await say("Hello", { authorization: `Bearer ${await bearer(stranger.credential)}` })).status).toBe(403);
      expect((await say("Hello", { authorization: `Bearer aad#/other#${await bearer()}` })).status).toBe(401);
      const elsewhere = await world.directory.token({ objectId: stranger.objectId, audience: "https://storage.azure.com" });
      expect((await say("Hello", { authorization: `Bearer ${elsewhere}` })).status).toBe(401);
      expect((await say("Hello", { authorization: "", "ocp-apim-subscription-key": "key" })).status).toBe(401);
    });

    test("a socket nothing is said on, and one where something else is spoken, are closed", async () => {
      const open = async () => {
        const socket = new WebSocket(`${endpoint.replace("https", "wss")}/tts/cognitiveservices/websocket/v1`, {
          headers: { authorization: `Bearer ${await bearer()}` },
        });
        await new Promise((resolve) => socket.on("open", resolve));
        const closed = new Promise<[number, string]>((resolve) =>
          socket.on("close", (code, reason) => resolve([code, String(reason)])),
        );
        return { socket, closed };
      };
      const idle = await open();
      for (const act of due) act();
      expect(await idle.closed).toEqual([1000, "Nothing was said for 180 seconds."]);
      const strange = await open();
      strange.socket.send("hello");
      expect((await strange.closed)[0]).toBe(1007);
    });

    test("the SDK is told too, on both sockets", async () => {
      const token = await bearer(world.identity().credential);
      const spoken = await speak("Hello", undefined, token);
      expect([ResultReason[spoken.reason], spoken.errorDetails]).toEqual(["Canceled", expect.any(String)]);
      const stream = AudioInputStream.createPushStream();
      stream.close();
      const recognizer = new SpeechRecognizer(await config(token), AudioConfig.fromStreamInput(stream));
      const reason = new Promise<CancellationReason>((resolve) => {
        recognizer.canceled = (_, event) => resolve(event.reason);
      });
      recognizer.recognizeOnceAsync();
      expect(CancellationReason[await reason]).toBe("Error");
      recognizer.close();
    });
  });
});

/** Spoken words at the rate of a phone's media stream, with a pause after them. */
function bytes16(text: string): ArrayBuffer {
  const bytes = bytesFromPcm(resample(voice.speak(text), 24_000, 16_000));
  return new Uint8Array(Buffer.concat([bytes, Buffer.alloc(32_000)])).buffer;
}
