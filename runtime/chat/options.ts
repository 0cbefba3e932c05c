/** What the stack's settings say of the chat. */
import { type ChatOptions, chatOptionsSchema } from "../chat-options.ts";
import { parsedJson } from "../parsed-json.ts";

/** Reads `CHAT`. Throws when it does not say what a chat needs: the graph checked it, so it was changed by hand since. */
export function chatOptions(settings: { readonly CHAT: string }): ChatOptions {
  const result = chatOptionsSchema.safeParse(parsedJson(settings.CHAT));
  if (result.success) return result.data;
  throw new Error(
    `The setting CHAT is not usable: ${result.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ")}. Correct chat in the stack's settings and deploy.`,
  );
}
