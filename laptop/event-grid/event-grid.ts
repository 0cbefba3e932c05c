/**
 * Event Grid on a laptop: system topics whose events end in storage queues.
 *
 * Delivery goes over HTTPS under the topic's own identity, so a missing "Storage Queue Data Message Sender" is the 403 it would be on
 * Azure: a dead letter, or a drop that `failures` shows.
 */
import { randomUUID } from "node:crypto";
import { BlobServiceClient } from "@azure/storage-blob";
import { QueueServiceClient } from "@azure/storage-queue";
import type { Clock } from "../clock.ts";
import type { Directory } from "../identity/directory.ts";
import { deadLetter, type Event, type Fate, type Schema, wrap } from "./event.ts";
import { checkFilter, type Filter, wants } from "./filter.ts";
import { checkRetryPolicy, defaultRetryPolicy, next, type RetryPolicy } from "./retry.ts";

export interface Topic {
  /** ARM id of the system topic. */
  readonly id: string;
  /** ARM id of what it reports on. */
  readonly sourceId: string;
  /** The identity that delivers. */
  readonly identityObjectId: string;
}

export interface Subscription {
  readonly topicId: string;
  readonly name: string;
  readonly filter: Filter;
  readonly destination: {
    /** `https://localhost:PORT/<account>`. */
    readonly queueEndpoint: string;
    readonly queueName: string;
    /** How long a message waits to be taken; -1 for ever, absent 7 days. */
    readonly ttlSeconds?: number;
  };
  readonly deadLetter?: { readonly blobEndpoint: string; readonly container: string };
  readonly schema: Schema;
  readonly retryPolicy?: Partial<RetryPolicy>;
}

/** An event that did not reach its queue. */
export interface Failure {
  readonly topicId: string;
  readonly subscription: string;
  readonly eventId: string;
  readonly type: string;
  readonly reason: Fate["reason"];
  readonly attempts: number;
  readonly outcome: string;
  /** Whether it lies in the dead-letter container; otherwise it is lost. */
  readonly isDeadLettered: boolean;
}

export interface EventGrid {
  /** Creates or replaces. */
  createTopic(topic: Topic): void;
  /** Creates or replaces; throws when Event Grid would not take it (unknown topic, operator, too many filters). */
  createSubscription(subscription: Subscription): void;
  /** Resolves once each subscription that wants the event has been tried once; later attempts follow by the clock. */
  publish(event: {
    readonly sourceId: string;
    readonly type: string;
    readonly subject: string;
    readonly data: unknown;
  }): Promise<void>;
  /** Resolves when no attempt is under way. */
  settled(): Promise<void>;
  failures(): readonly Failure[];
  /** Gives up what still waits for another attempt. */
  close(): void;
}

export function createEventGrid({ directory, clock }: { directory: Pick<Directory, "credential">; clock: Clock }): EventGrid {
  const topics = new Map<string, Topic>();
  const subscriptions = new Map<string, Subscription>();
  const failures: Failure[] = [];
  const underWay = new Set<Promise<void>>();
  const waiting = new Set<() => void>();

  const track = (work: Promise<void>): Promise<void> => {
    underWay.add(work);
    return work.finally(() => underWay.delete(work));
  };

  async function attempt(topic: Topic, subscription: Subscription, event: Event, attempts: number): Promise<void> {
    const credential = directory.credential(topic.identityObjectId);
    const failed = await outcomeOf(() => deliver(subscription, credential, event));
    if (!failed) return;
    const policy = { ...defaultRetryPolicy, ...subscription.retryPolicy };
    const { status, outcome } = failed;
    const nowMs = clock.nowMs();
    const verdict = next(
      { attempts, publishedMs: event.publishedMs, nowMs, ...(status === undefined ? {} : { status }) },
      policy,
    );
    if (typeof verdict === "number") return tryAgain(verdict, () => attempt(topic, subscription, event, attempts + 1));
    const fate: Fate = { reason: verdict, attempts, outcome, lastAttemptMs: nowMs };
    const refused = subscription.deadLetter ? await outcomeOf(() => bury(topic, subscription, credential, event, fate)) : true;
    failures.push({
      topicId: topic.id,
      subscription: subscription.name,
      eventId: event.id,
      type: event.type,
      reason: fate.reason,
      attempts,
      outcome,
      isDeadLettered: !refused,
    });
  }

  function tryAgain(delayMs: number, act: () => Promise<void>): void {
    const cancel = clock.after(delayMs, () => {
      waiting.delete(cancel);
      void track(act());
    });
    waiting.add(cancel);
  }

  return {
    createTopic(topic) {
      topics.set(topic.id.toLowerCase(), topic);
    },
    createSubscription(subscription) {
      if (!topics.has(subscription.topicId.toLowerCase()))
        throw new Error(`event subscription "${subscription.name}": its topic does not exist.`);
      checkFilter(subscription.filter);
      checkRetryPolicy({ ...defaultRetryPolicy, ...subscription.retryPolicy });
      subscriptions.set(`${subscription.topicId}/${subscription.name}`.toLowerCase(), subscription);
    },
    async publish(published) {
      const event: Event = { ...published, id: randomUUID(), publishedMs: clock.nowMs() };
      const first = [...subscriptions.values()].flatMap((subscription) => {
        const topic = topics.get(subscription.topicId.toLowerCase());
        const isMeant = topic?.sourceId.toLowerCase() === event.sourceId.toLowerCase() && wants(subscription.filter, event);
        return topic && isMeant ? [track(attempt(topic, subscription, event, 1))] : [];
      });
      await Promise.all(first);
    },
    async settled() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
    failures: () => failures,
    close() {
      for (const cancel of waiting) cancel();
      waiting.clear();
    },
  };
}

type Credential = ReturnType<Directory["credential"]>;

/** Retries are Event Grid's own, so the clients make none. */
const once = { retryOptions: { maxTries: 1 } };

async function deliver({ destination, schema }: Subscription, credential: Credential, event: Event): Promise<void> {
  const queue = new QueueServiceClient(destination.queueEndpoint, credential, once).getQueueClient(destination.queueName);
  const message = Buffer.from(JSON.stringify(wrap(event, schema))).toString("base64");
  await queue.sendMessage(message, destination.ttlSeconds === undefined ? {} : { messageTimeToLive: destination.ttlSeconds });
}

/** One blob an event, under `TOPIC/SUBSCRIPTION/year/month/day/hour/`. */
async function bury(topic: Topic, subscription: Subscription, credential: Credential, event: Event, fate: Fate): Promise<void> {
  if (!subscription.deadLetter) return;
  const { blobEndpoint, container } = subscription.deadLetter;
  const [year, month, day, hour] = new Date(fate.lastAttemptMs).toISOString().split(/[-T:]/).map(Number);
  const topicName = topic.id.split("/").at(-1) ?? "";
  const name = [topicName.toUpperCase(), subscription.name.toUpperCase(), year, month, day, hour, `${event.id}.json`].join("/");
  const text = JSON.stringify([deadLetter(event, subscription.schema, fate)]);
  const blob = new BlobServiceClient(blobEndpoint, credential, once).getContainerClient(container).getBlockBlobClient(name);
  await blob.upload(text, Buffer.byteLength(text), { blobHTTPHeaders: { blobContentType: "application/json" } });
}

const outcomes: Readonly<Record<number, string>> = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  413: "PayloadTooLarge",
};

/** `undefined` when it worked; otherwise the answer's status, if there was an answer, and its name in Event Grid's words. */
async function outcomeOf(act: () => Promise<void>): Promise<{ readonly status?: number; readonly outcome: string } | undefined> {
  try {
    await act();
    return undefined;
  } catch (error) {
    const status =
      error instanceof Error && "statusCode" in error && typeof error.statusCode === "number" ? error.statusCode : undefined;
    if (status === undefined) return { outcome: "Unreachable" };
    return { status, outcome: outcomes[status] ?? (status === 503 ? "Busy" : "GenericError") };
  }
}
