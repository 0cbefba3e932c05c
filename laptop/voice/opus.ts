/** Opus as WebRTC carries it: 48 kHz, mono, 20 ms a frame. */
import OpusScript from "opusscript";

export const opusRate = 48_000;
export const opusFrameMs = 20;
export const opusFrameSamples = (opusRate * opusFrameMs) / 1_000;

export type Opus = Pick<OpusScript, "encode" | "decode" | "setBitrate" | "delete">;

/** opusscript's own fields, which its types leave out. Each element of a view holds one byte of sound. */
interface Views {
  inPCM: Uint16Array;
  outPCM: Uint16Array;
  readonly inPCMPointer: number;
  readonly outPCMPointer: number;
  readonly inPCMLength: number;
  readonly outPCMLength: number;
}

/**
 * An encoder and decoder of its own; `delete` it. opusscript 0.1.1 takes the address of its buffers, in bytes, for an index of 16-bit elements: it
 * works at twice the address, in the memory of other codecs as soon as there are a few. Here the views are where the buffers are; they hold
 * the bytes of frames up to 30 ms.
 */
export function openOpus(): Opus {
  const codec = new OpusScript(opusRate, 1, OpusScript.Application.AUDIO);
  const views = codec as unknown as Views;
  const memory = views.inPCM.buffer;
  views.inPCM = new Uint16Array(memory, views.inPCMPointer, views.inPCMLength / 2);
  views.outPCM = new Uint16Array(memory, views.outPCMPointer, views.outPCMLength / 2);
  return codec;
}
