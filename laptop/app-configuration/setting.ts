/** One setting: a key, perhaps a label, and its value. The pair of key and label names it. */
import { invalid, Problem } from "./problem.ts";

/** As the service writes it. */
export interface Setting {
  readonly etag: string;
  readonly key: string;
  /** `null` is a label of its own: none. */
  readonly label: string | null;
  readonly content_type: string | null;
  readonly value: string | null;
  /** ISO 8601. */
  readonly last_modified: string;
  readonly locked: boolean;
  readonly tags: Readonly<Record<string, string>>;
}

/** What a caller writes. */
export type SettingContent = Pick<Setting, "value" | "content_type" | "tags">;

/** Key, label, value, content type and tags together. Source: App Configuration docs, "FAQ", size limitations. */
const largestSettingBytes = 10_000;

/** Throws 400 for a key that cannot be one. */
export function requireKey(key: string): string {
  if (key === "" || key === "." || key === ".." || key.includes("%"))
    throw invalid("key", `"${key}" cannot be a key: it must not be empty, "." or "..", nor hold "%".`);
  return key;
}

/** Reads the body of a PUT. Throws 400. */
export function requireContent(body: unknown): SettingContent {
  const { value = null, content_type = null, tags = {} } = (body ?? {}) as Partial<SettingContent>;
  const isText = (each: unknown) => each === null || typeof each === "string";
  if (!isText(value)) throw invalid("value", 'A value is text or null. Write numbers and booleans as text, such as "true".');
  if (!isText(content_type)) throw invalid("content_type", "A content type is text or null.");
  if (typeof tags !== "object" || tags === null || !Object.values(tags).every((tag) => typeof tag === "string"))
    throw invalid("tags", "Tags are an object of text.");
  return { value, content_type, tags };
}

/** Throws 413. */
export function requireSize(key: string, label: string | null, content: SettingContent): void {
  const bytes = Buffer.byteLength(JSON.stringify([key, label, content.value, content.content_type, content.tags]));
  if (bytes > largestSettingBytes)
    throw new Problem(413, "payload-too-large", `The setting takes ${bytes} bytes; at most ${largestSettingBytes} are allowed.`);
}
