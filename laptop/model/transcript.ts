/** Conversations that were written down and handed to the model as text, as after a lost connection or for an answer by SMS. */
import type { Conversation, Item } from "./conversation.ts";

const line = /^(customer|caller|user|assistant)\b(?: \([^)\n]*\))?: (.+)$/i;

/** The conversation with such text as what it is: who said what, in order. */
export function unfolded(conversation: Conversation): Conversation {
  const items = conversation.items.flatMap((item): Item[] => {
    const spoken = item.kind === "said" && item.by === "caller" ? linesIn(item.text) : [];
    return spoken.length > 0 ? spoken : keypad(item);
  });
  return { ...conversation, items: [...linesIn(conversation.instructions), ...items] };
}

function linesIn(text: string): Item[] {
  return text.split("\n").flatMap((each): Item[] => {
    const [, who = "", words = ""] = line.exec(each.trim()) ?? [];
    return words ? [{ kind: "said", by: who.toLowerCase() === "assistant" ? "assistant" : "caller", text: words }] : [];
  });
}

/** Digits pressed reach the model as a note; the caller said them with the keypad. */
function keypad(item: Item): Item[] {
  const digits =
    item.kind === "said" && item.by === "system" ? /\bpressed ([\d*#](?: ?[\d*#])*)/.exec(item.text)?.[1] : undefined;
  return [digits ? { kind: "said", by: "caller", text: digits.replaceAll(" ", "") } : item];
}
