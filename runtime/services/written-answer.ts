/** One answer of a chat deployment as it is written, so that a long one is told from one that does not come. */
import type OpenAI from "openai";
import { APIError } from "openai";
import type { Clock } from "../bridge/clock.ts";
import { brokenOff, DeploymentFailure } from "./deployment-health.ts";

/** The service's content filter would not have the message: its answer is another error than what any deployment would mend. */
export const filtered = "content_filter";

export interface WrittenAnswer {
  /** Behind the deployment, as the service says. */
  readonly model: string;
  readonly text: string;
  /** Why it ended: "stop", "length" where it was cut off, "content_filter". */
  readonly ended: string;
  readonly usage: Record<string, unknown>;
}

export interface Patience {
  /** For the first word, which a model may think about, and for each one after it. */
  readonly silentMs: number;
  /** For the whole: at 4,000 tokens fewer than 30 a second, which is slower than any deployment that is well. */
  readonly wholeMs: number;
}

/** Throws `DeploymentFailure` when the answer stalls or breaks off, and what the client throws where the service refuses it. */
export async function write(
  client: OpenAI,
  request: Omit<OpenAI.ChatCompletionCreateParamsStreaming, "stream" | "stream_options">,
  after: Clock["after"],
  { silentMs, wholeMs }: Patience,
): Promise<WrittenAnswer> {
  const given = new AbortController();
  const giveUp = () => given.abort();
  const cancelWhole = after(wholeMs, giveUp);
  let cancelSilence = after(silentMs, giveUp);
  const answer = { model: "", text: "", ended: "", usage: {} };
  try {
    const chunks = await client.chat.completions.create(
      { ...request, stream: true, stream_options: { include_usage: true } },
      { signal: given.signal },
    );
    for await (const { model, choices, usage } of chunks) {
      cancelSilence();
      cancelSilence = after(silentMs, giveUp);
      // The first chunk tells of the prompt's filters and names no model.
      answer.model = model || answer.model;
      answer.text += choices[0]?.delta.content ?? "";
      answer.ended = choices[0]?.finish_reason ?? answer.ended;
      answer.usage = { ...(usage ?? answer.usage) };
    }
  } catch (error) {
    // An error without a status came in the stream or is the connection's.
    const late = error instanceof APIError && error.status === undefined && error.code !== filtered;
    throw late ? new DeploymentFailure() : brokenOff(error);
  } finally {
    cancelWhole();
    cancelSilence();
  }
  // The client ends an aborted stream without a word, and one that was cut off likewise.
  if (given.signal.aborted || answer.ended === "") throw new DeploymentFailure();
  return answer;
}
