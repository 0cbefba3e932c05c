/**
 * Embeddings by hashing: words and their character triples fall into buckets with a sign, and the vector is made of length one. Texts that
 * share words are near each other, which is enough to search by; nothing knows what a word means.
 */

import { countTokens } from "../model/conversation.ts";
import { InvalidRequest } from "./answers.ts";
import type { Deployment } from "./deployments.ts";

/** OpenAI's limit of texts in one request. */
const mostInputs = 2_048;

export function embeddings(body: Record<string, unknown>, deployment: Deployment): Record<string, unknown> {
  const texts = textsOf(body.input);
  const dimensions = dimensionsOf(body.dimensions, deployment);
  const base64 = body.encoding_format === "base64";
  const tokens = texts.reduce((sum, text) => sum + countTokens(text), 0);
  return {
    object: "list",
    model: deployment.model,
    data: texts.map((text, index) => {
      const vector = embed(text, dimensions);
      return { object: "embedding", index, embedding: base64 ? Buffer.from(vector.buffer).toString("base64") : [...vector] };
    }),
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
}

function textsOf(input: unknown): string[] {
  const texts = Array.isArray(input) ? input : [input];
  if (texts.length === 0 || texts.length > mostInputs)
    throw new InvalidRequest(`'input' holds ${texts.length} texts; 1 to ${mostInputs} are allowed.`, "input");
  return texts.map((text) => {
    if (typeof text !== "string")
      throw new InvalidRequest("'input' must be text or a list of texts; this stand-in takes no token arrays.", "input");
    if (text === "") throw new InvalidRequest("'input' must not hold an empty text.", "input");
    return text;
  });
}

function dimensionsOf(given: unknown, { model }: Deployment): number {
  const most = /large/.test(model) ? 3_072 : 1_536;
  if (given === undefined) return most;
  if (typeof given !== "number" || !Number.isInteger(given) || given < 1 || given > most)
    throw new InvalidRequest(`'dimensions' is ${JSON.stringify(given)}; ${model} allows 1 to ${most}.`, "dimensions");
  return given;
}

/** A vector of length one; the same text always gives the same one. */
function embed(text: string, dimensions: number): Float32Array {
  const vector = new Float32Array(dimensions);
  const words = text
    .normalize("NFKC")
    .toLowerCase()
    .match(/\p{Script=Han}|[\p{L}\p{N}]+/gu) ?? [text];
  for (const word of words) {
    add(vector, `=${word}`, 2);
    const padded = `^${word}$`;
    for (let at = 0; at + 3 <= padded.length; at++) add(vector, padded.slice(at, at + 3), 1);
  }
  const length = Math.hypot(...vector) || 1;
  return vector.map((value) => value / length);
}

function add(vector: Float32Array, feature: string, weight: number): void {
  const hash = fnv1a(feature);
  const at = hash % vector.length;
  vector[at] = (vector[at] ?? 0) + (hash & 0x80000000 ? -weight : weight);
}

/** FNV-1a, 32 bits, over UTF-16 units. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
