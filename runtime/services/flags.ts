/** The eleven flags as App Configuration has them, at most a minute old. */
import { AppConfigurationClient } from "@azure/app-configuration";
import type { TokenCredential } from "@azure/identity";
import type { Logger } from "pino";
import { defaultFlags, type Flags, flagsSchema } from "../flags.ts";

/** The flags as of now; never fails and never waits longer than one read. */
export type FlagReader = () => Promise<Flags>;

/** A call in progress looks every 5 s (bridge/flag-watch.ts), so that a change is there within a minute. */
const refreshMs = 55_000;

/**
 * The flags that `values` give, by name, over `fallback`. `false` and `0` are values; a name that is missing or a value the flag cannot have
 * falls back, the latter named in `unusable`.
 */
export function flagsFrom(values: Readonly<Record<string, string>>, fallback: Flags): { flags: Flags; unusable: string[] } {
  const flags: Record<string, unknown> = { ...fallback };
  const unusable: string[] = [];
  for (const [name, schema] of Object.entries(flagsSchema.shape)) {
    const text = values[name]?.trim();
    if (text === undefined) continue;
    const checked = schema.safeParse(read(text));
    if (checked.success) flags[name] = checked.data;
    else unusable.push(name);
  }
  return { flags: flags as Flags, unusable };
}

function read(text: string): unknown {
  const lower = text.toLowerCase();
  if (lower === "true" || lower === "false") return lower === "true";
  return text === "" ? undefined : Number(text);
}

/** Reads through `list` (all values by name) and keeps them for a minute, failures and missing names too; one read at a time. */
export function flagReader(
  list: () => Promise<Record<string, string>>,
  nowMs: () => number,
  log: Pick<Logger, "warn">,
): FlagReader {
  let known = defaultFlags;
  let freshUntilMs = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | undefined;
  async function refresh(): Promise<void> {
    try {
      const { flags, unusable } = flagsFrom(await list(), defaultFlags);
      if (unusable.length > 0) log.warn({ flags: unusable }, "flags with unusable values; their defaults hold");
      known = flags;
    } catch {
      log.warn("flags could not be read; the last known hold");
    }
    freshUntilMs = nowMs() + refreshMs;
    reading = undefined;
  }
  return async () => {
    if (nowMs() >= freshUntilMs) {
      reading ??= refresh();
      await reading;
    }
    return known;
  };
}

/** Flags from the app's configuration store; one request lists all of them. */
export function openFlags(
  settings: { APP_CONFIGURATION_ENDPOINT: string },
  credential: TokenCredential,
  log: Pick<Logger, "warn">,
): FlagReader {
  const client = new AppConfigurationClient(settings.APP_CONFIGURATION_ENDPOINT, credential, { retryOptions: { maxRetries: 1 } });
  const list = async () => {
    const values: Record<string, string> = {};
    // A filter may name five keys at most, so all keys without a label are listed; "\0" is how the service spells "no label".
    for await (const { key, value } of client.listConfigurationSettings({ keyFilter: "*", labelFilter: "\0" }))
      if (value !== undefined) values[key] = value;
    return values;
  };
  return flagReader(list, () => Date.now(), log);
}
