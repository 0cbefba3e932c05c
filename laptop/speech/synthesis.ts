/** Synthesis over a socket, as the Speech SDK speaks it: SSML in, sound out. */
import { randomUUID } from "node:crypto";
import type { WebSocket } from "ws";
import { z } from "zod";
import type { Voice } from "../voice/voice.ts";
import { type Message, readMessage, soundMessage, textMessage } from "./messages.ts";
import { encodeSound, outputFormat } from "./sound-format.ts";
import { readSsml } from "./ssml.ts";

const contextSchema = z.object({ synthesis: z.object({ audio: z.object({ outputFormat: z.string() }) }) });

/** A tenth of a second at 24 kHz: about what the service puts into one message. */
const pieceBytes = 4_800;

/** Serves one socket until the client closes it. Word and sentence boundaries are not told: a modem has none. */
export function synthesise(socket: WebSocket, voice: Voice): void {
  let format: string | undefined;

  function speak({ requestId, body }: Message): void {
    const wanted = outputFormat(format);
    const { text } = readSsml(String(body));
    const sound = encodeSound(voice.speak(text), wanted);
    const streamId = randomUUID().replaceAll("-", "");
    const context = { serviceTag: randomUUID() };
    socket.send(textMessage("turn.start", requestId, { context }));
    socket.send(textMessage("response", requestId, { context, audio: { type: "inline", streamId } }));
    for (let at = 0; at < sound.length; at += pieceBytes)
      socket.send(soundMessage(requestId, streamId, sound.subarray(at, at + pieceBytes)));
    socket.send(textMessage("turn.end", requestId, {}));
  }

  socket.on("message", (data, isBinary) => {
    const message = readMessage(data as Buffer, isBinary);
    if (!message) return socket.close(1007, "A frame was not a message of the speech protocol.");
    try {
      if (message.path === "synthesis.context")
        format = contextSchema.parse(JSON.parse(String(message.body))).synthesis.audio.outputFormat;
      if (message.path === "ssml") speak(message);
    } catch (error) {
      // A close reason has at most 123 bytes.
      socket.close(1007, Buffer.from(error instanceof Error ? error.message : "").toString("latin1", 0, 120));
    }
  });
}
