/** The settings of one store, kept in a journal. */
import { createHash } from "node:crypto";
import type { Clock } from "../clock.ts";
import { openJournal } from "../journal.ts";
import type { Filter } from "./filter.ts";
import { Problem } from "./problem.ts";
import { requireKey, requireSize, type Setting, type SettingContent } from "./setting.ts";

type Entry =
  | { readonly kind: "set"; readonly revision: number; readonly setting: Setting }
  | { readonly kind: "remove"; readonly revision: number; readonly key: string; readonly label: string | null };

export class Store {
  readonly #clock: Clock;
  readonly #journal: ReturnType<typeof openJournal<Entry>>;
  readonly #settings = new Map<string, Setting>();
  #revision = 0;

  /** Opens what is kept in `folder`; without one, everything is forgotten at the end. */
  constructor(clock: Clock, folder: string | undefined) {
    this.#clock = clock;
    this.#journal = openJournal<Entry>(folder, "app-configuration");
    for (const entry of this.#journal.entries) {
      this.#revision = Math.max(this.#revision, entry.revision);
      if (entry.kind === "set") this.#settings.set(nameOf(entry.setting.key, entry.setting.label), entry.setting);
      else this.#settings.delete(nameOf(entry.key, entry.label));
    }
    const revision = this.#revision;
    this.#journal.compact([...this.#settings.values()].map((setting) => ({ kind: "set", revision, setting })));
  }

  /** How many writes there were. */
  get revision(): number {
    return this.#revision;
  }

  get(key: string, label: string | null): Setting | undefined {
    return this.#settings.get(nameOf(key, label));
  }

  /** Those that pass both filters, by key and then by label. */
  list(key: Filter, label: Filter): Setting[] {
    const kept = [...this.#settings.values()].filter((setting) => key(setting.key) && label(setting.label));
    return kept.sort((left, right) => order(left.key, right.key) || order(left.label ?? "", right.label ?? ""));
  }

  /** Throws 400 for the key, 409 when the setting is locked, 413 when it is too large. */
  set(key: string, label: string | null, content: SettingContent): Setting {
    requireKey(key);
    requireSize(key, label, content);
    this.#requireUnlocked(key, label);
    return this.#write({ key, label, ...content, locked: false });
  }

  lock(setting: Setting, locked: boolean): Setting {
    return this.#write({ ...setting, locked });
  }

  /** Throws 409 when the setting is locked. */
  remove(key: string, label: string | null): Setting | undefined {
    this.#requireUnlocked(key, label);
    const removed = this.get(key, label);
    if (!removed) return undefined;
    this.#settings.delete(nameOf(key, label));
    this.#revision += 1;
    this.#journal.append({ kind: "remove", revision: this.#revision, key, label });
    return removed;
  }

  close(): void {
    this.#journal.close();
  }

  #write(content: Omit<Setting, "etag" | "last_modified">): Setting {
    this.#revision += 1;
    const etag = createHash("sha256").update(`${this.#revision} ${content.key}`).digest("base64url");
    const setting = { ...content, etag, last_modified: new Date(this.#clock.nowMs()).toISOString() };
    this.#settings.set(nameOf(setting.key, setting.label), setting);
    this.#journal.append({ kind: "set", revision: this.#revision, setting });
    return setting;
  }

  #requireUnlocked(key: string, label: string | null): void {
    if (!this.get(key, label)?.locked) return;
    throw new Problem(409, "key-locked", "The key is read-only. To allow modification unlock it first.", key);
  }
}

function nameOf(key: string, label: string | null): string {
  return JSON.stringify([key, label]);
}

function order(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
