/** The conversation of a session: its items in order, how much sound each holds, and what clients are told of changes. */
import { InvalidRequest } from "../answers.ts";
import type { ConversationItem, MessageItem } from "./items.ts";

type Json = Record<string, unknown>;

export class Conversation {
  readonly #items: ConversationItem[] = [];
  readonly #audioMs = new Map<string, number>();
  readonly #emit: (type: string, event: Json) => void;

  constructor(emit: (type: string, event: Json) => void) {
    this.#emit = emit;
  }

  get items(): readonly ConversationItem[] {
    return this.#items;
  }

  get lastId(): string | null {
    return this.#items.at(-1)?.id ?? null;
  }

  /** The assistant has spoken, so its voice stays. */
  get hasAudio(): boolean {
    return this.#audioMs.size > 0;
  }

  /** How long the sound of an assistant's item is. */
  noteAudio(id: string, durationMs: number): void {
    this.#audioMs.set(id, durationMs);
  }

  /** Keeps what was heard of an assistant's item; throws when it holds less than that. */
  truncate(event: Json): void {
    const item = this.find(event.item_id);
    const audioMs = this.#audioMs.get(item.id);
    if (item.type !== "message" || audioMs === undefined)
      throw new InvalidRequest("Only model output audio messages can be truncated.", "item_id");
    const endMs = Number(event.audio_end_ms);
    if (!(Number.isFinite(endMs) && endMs >= 0))
      throw new InvalidRequest("Invalid 'audio_end_ms': milliseconds, 0 or more.", "audio_end_ms");
    if (endMs > audioMs)
      throw new InvalidRequest(`Audio content of ${Math.floor(audioMs)}ms is already shorter than ${endMs}ms.`, "audio_end_ms");
    this.keepHeard(item, endMs);
    this.#emit("conversation.item.truncated", { item_id: item.id, content_index: event.content_index ?? 0, audio_end_ms: endMs });
  }

  /** Words and time run side by side in a response, so the part heard is the part kept. */
  keepHeard(item: MessageItem, playedMs: number): void {
    const audioMs = this.#audioMs.get(item.id) ?? 0;
    const [part] = item.content;
    if (!part?.transcript || audioMs === 0 || playedMs >= audioMs) return;
    const whole = part.transcript;
    part.transcript = whole.slice(0, Math.floor((whole.length * playedMs) / audioMs)).trimEnd();
    this.#audioMs.set(item.id, playedMs);
  }

  /** A whole item. */
  add(item: ConversationItem, previousId?: unknown): void {
    if (this.#items.some(({ id }) => id === item.id))
      throw new InvalidRequest(`Item with item_id already exists: ${item.id}`, "item.id", "item_id_already_exists");
    if (
      item.type === "function_call_output" &&
      !this.#items.some((each) => each.type === "function_call" && each.call_id === item.call_id)
    )
      throw new InvalidRequest("Tool call ID not found in conversation.", "item.call_id", "invalid_tool_call_id");
    this.insert(item, previousId);
    this.#emit("conversation.item.done", { previous_item_id: this.#before(item), item: structuredClone(item) });
  }

  /** An item whose content is still to come. `previousId` is `root` for the beginning; left out, the end. */
  insert(item: ConversationItem, previousId?: unknown): void {
    const after =
      typeof previousId === "string" && previousId !== "root"
        ? this.#items.indexOf(this.find(previousId))
        : this.#items.length - 1;
    this.#items.splice(previousId === "root" ? 0 : after + 1, 0, item);
    this.#emit("conversation.item.added", { previous_item_id: this.#before(item), item: structuredClone(item) });
  }

  #before(item: ConversationItem): string | null {
    return this.#items[this.#items.indexOf(item) - 1]?.id ?? null;
  }

  find(id: unknown): ConversationItem {
    const item = this.#items.find((each) => each.id === id);
    if (!item) throw new InvalidRequest(`Error: the item with id '${String(id)}' does not exist.`, "item_id", "item_not_found");
    return item;
  }

  delete(id: unknown): void {
    this.#items.splice(this.#items.indexOf(this.find(id)), 1);
    this.#emit("conversation.item.deleted", { item_id: id });
  }
}
