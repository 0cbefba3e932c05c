/** A cache in Redis over TLS, signed in with the identity's token, which the client renews before it lapses. */
import type { TokenCredential } from "@azure/identity";
import { DEFAULT_TOKEN_MANAGER_CONFIG, EntraIdCredentialsProviderFactory, REDIS_SCOPE_DEFAULT } from "@redis/entraid";
import type { Logger } from "pino";
import { createClient } from "redis";

/** Values by key, each for a time. A cache that cannot be reached remembers nothing and fails nobody. */
export interface Cache {
  get(key: string): Promise<string | undefined>;
  set(key: string, value: string, lifetimeMs: number): Promise<void>;
  close(): Promise<void>;
}

/** Where Redis is and who we are there; a lost connection is made again for as long as the process lives. */
export const redisOptions = (settings: { REDIS_HOST: string; REDIS_USERNAME: string }, credential: TokenCredential) => ({
  url: `rediss://${settings.REDIS_HOST}`,
  credentialsProvider: EntraIdCredentialsProviderFactory.createForDefaultAzureCredential({
    credential,
    scopes: REDIS_SCOPE_DEFAULT,
    tokenManagerConfig: DEFAULT_TOKEN_MANAGER_CONFIG,
    credentialsMapper: (token) => ({
      username: settings.REDIS_USERNAME,
      password: "accessToken" in token ? token.accessToken : token.token,
    }),
  }),
  socket: { connectTimeout: 2_000, reconnectStrategy: (retries: number) => Math.min(5_000, 100 * 2 ** retries) },
});

/**
 * Connects at the first question, or at `connect`, which waits. A command's timeout is short: a caller waits for the answer. An environment's
 * customers share one keyspace, so each keeps to keys that begin with its own user name.
 */
export function openCache(
  settings: { REDIS_HOST: string; REDIS_USERNAME: string },
  credential: TokenCredential,
  log: Pick<Logger, "warn">,
): Cache & { connect(): Promise<void> } {
  const client = createClient({
    ...redisOptions(settings, credential),
    disableOfflineQueue: true,
    commandOptions: { timeout: 500 },
  });
  client.on("error", () => log.warn("cache connection lost"));
  const own = (key: string): string => `${settings.REDIS_USERNAME}:${key}`;
  const attempt = async <Result>(command: () => Promise<Result>): Promise<Result | undefined> => {
    // Connecting goes on behind the answers: nobody waits for a cache that is not there yet.
    if (!client.isOpen) client.connect().catch(() => log.warn("cache not connected"));
    if (!client.isReady) return undefined;
    try {
      return await command();
    } catch {
      log.warn("cache passed over");
      return undefined;
    }
  };
  return {
    connect: async () => {
      if (!client.isOpen) await client.connect();
    },
    get: async (key) => (await attempt(() => client.get(own(key)))) ?? undefined,
    set: async (key, value, lifetimeMs) => {
      await attempt(() => client.set(own(key), value, { expiration: { type: "PX", value: lifetimeMs } }));
    },
    close: async () => {
      if (client.isOpen) client.destroy();
    },
  };
}
