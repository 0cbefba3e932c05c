import { expect, test } from "vitest";
import { bytesFromPcm, pcmFromBytes } from "../../laptop/voice/sound.ts";
import { openVoice } from "../../laptop/voice/voice.ts";
import { Narrowband } from "../../runtime/bridge/telephone/narrowband.ts";

test.each([480, 4_800, 1_111])("words survive the way to the telephone and back, %i samples at a time", async (samples) => {
  const voice = await openVoice();
  const words = voice.speak("The red car was hit at noon.");
  const line = new Narrowband();
  const ear = voice.ear();
  const heard: string[] = [];
  for (let at = 0; at < words.length + 24_000; at += samples) {
    const piece = new Int16Array(samples);
    piece.set(words.subarray(at, at + samples));
    const said = line.said({ base64: Buffer.from(bytesFromPcm(piece).toString("base64")), durationMs: samples / 24 });
    const back = line.heard(said);
    if (back) heard.push(...ear.hear(pcmFromBytes(Buffer.from(back.base64.toString(), "base64"))));
  }
  ear.close();
  expect(heard).toEqual(["The red car was hit at noon."]);
});
