/** Words as a model says them, and its events as a trace tells them. */
import type { ModelEvent } from "../../runtime/bridge/voice-model/voice-model.ts";

/** Words with the spaces between them, some at a time. */
export function inPieces(words: readonly string[], pieces: number): string[] {
  const each = Math.ceil(words.length / pieces);
  return Array.from({ length: Math.ceil(words.length / each) }, (_, at) => {
    const text = words.slice(at * each, (at + 1) * each).join(" ");
    return at === 0 ? text : ` ${text}`;
  });
}

/** One event in a few words, without what people said. */
export function told(event: ModelEvent): string {
  switch (event.kind) {
    case "turn_ended":
    case "turn_heard":
      return `${event.kind} ${event.itemId}`;
    case "response_started":
      return `${event.kind} ${event.responseId} ${event.purpose}`;
    case "response_ended":
      return `${event.kind} ${event.responseId} ${event.outcome}`;
    case "speech":
    case "words":
      return `${event.kind} of ${event.itemId} in ${event.responseId}`;
    case "tool_call":
      return `${event.kind} ${event.toolCallId} ${event.name}`;
    default:
      return event.kind;
  }
}
