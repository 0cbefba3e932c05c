/** What one call's driver writes into its record, in the order in which it happened. */
import type { CallRecord, Message } from "../calls/call.ts";
import { advance } from "../calls/status.ts";
import type { CallResources } from "./call-resources.ts";
import type { OrderedWrites } from "./ordered-writes.ts";

export class RecordKeeping {
  readonly #store: CallResources["store"];
  readonly #writes: OrderedWrites;

  constructor(store: CallResources["store"], writes: OrderedWrites) {
    this.#store = store;
    this.#writes = writes;
  }

  append(callId: string, message: Message): void {
    this.#writes.add(() => this.#store.append(callId, message));
  }

  keepUnfinished(callId: string, message: Message): void {
    this.#writes.add(() => this.#store.keepUnfinished(callId, message));
  }

  connected(callId: string): void {
    this.#change(callId, (record) => advance(record, "connected"));
  }

  /** `language` is BCP 47. */
  language(callId: string, language: string): void {
    this.#change(callId, (record) => (record.lang_short_code === language ? record : { ...record, lang_short_code: language }));
  }

  briefing(callId: string, briefing: string): void {
    this.#change(callId, (record) => ({ ...record, briefing }));
  }

  /** In whose hands the caller is, for the bridge that goes on when this one is gone; without it, in the assistant's. */
  handover(callId: string, handover: CallRecord["handover"]): void {
    this.#change(callId, ({ handover: _, ...record }) => (handover ? { ...record, handover } : record));
  }

  #change(callId: string, change: (record: CallRecord) => CallRecord): void {
    this.#writes.add(() => this.#store.change(callId, change));
  }
}
