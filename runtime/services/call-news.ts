/** News of calls in progress, from the functions app to whichever bridge has the call: over Redis, for those who listen at that moment. */
import type { TokenCredential } from "@azure/identity";
import type { Logger } from "pino";
import { createClient } from "redis";
import { type CallNews, callNewsSchema } from "../calls/news.ts";
import { parsedJson } from "../parsed-json.ts";
import { redisOptions } from "./redis.ts";

export interface NewsPublisher {
  /** Best effort: true when a bridge was listening. News that cannot be told fail nobody, since each call keeps deadlines of its own. */
  publish(callId: string, news: CallNews): Promise<boolean>;
  close(): Promise<void>;
}

export interface NewsSubscriber {
  /** Tells what is published about a call from now on; the returned function ends that. */
  subscribe(callId: string, tell: (news: CallNews) => void): () => void;
  close(): Promise<void>;
}

type RedisSettings = { REDIS_HOST: string; REDIS_USERNAME: string };

/** An environment's customers share one Redis, so each keeps to channels that begin with its own user name. */
const channelOf = (settings: RedisSettings, callId: string): string => `${settings.REDIS_USERNAME}:news:${callId}`;
/** Whoever publishes answers a callback or a person. */
const publishWithinMs = 1_000;

/** Connects at the first news. */
export function openNewsPublisher(
  settings: RedisSettings,
  credential: TokenCredential,
  log: Pick<Logger, "warn">,
): NewsPublisher {
  const client = createClient({ ...redisOptions(settings, credential), commandOptions: { timeout: publishWithinMs } });
  client.on("error", () => log.warn("the connection for news of calls was lost"));
  return {
    async publish(callId, news) {
      if (!client.isOpen) client.connect().catch(() => log.warn("news of calls cannot be told now"));
      try {
        return (await client.publish(channelOf(settings, callId), JSON.stringify(news))) > 0;
      } catch {
        log.warn({ callId, kind: news.kind }, "news of a call could not be told");
        return false;
      }
    },
    async close() {
      if (client.isOpen) client.destroy();
    },
  };
}

/** Connects at the first subscription; subscriptions wait for the connection, and outlive a lost one. */
export function openNewsSubscriber(
  settings: RedisSettings,
  credential: TokenCredential,
  log: Pick<Logger, "warn">,
): NewsSubscriber {
  // Only RESP 3 lets a subscribed connection renew its token.
  const client = createClient({ ...redisOptions(settings, credential), RESP: 3 });
  client.on("error", () => log.warn("the connection for news of calls was lost"));
  return {
    subscribe(callId, tell) {
      if (!client.isOpen) client.connect().catch(() => log.warn("news of calls cannot be heard now"));
      const channel = channelOf(settings, callId);
      const listener = (message: string): void => {
        const news = callNewsSchema.safeParse(parsedJson(message));
        if (news.success) tell(news.data);
        else log.warn({ callId }, "news of a call that are none were passed over");
      };
      client.subscribe(channel, listener).catch(() => log.warn({ callId }, "news of a call cannot be heard"));
      return () => {
        client.unsubscribe(channel, listener).catch(() => log.warn({ callId }, "news of a call are still heard"));
      };
    },
    async close() {
      if (client.isOpen) client.destroy();
    },
  };
}
