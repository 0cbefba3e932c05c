/** How often is too often: each key has a bucket of tokens that fills up again with time. */
import type { Clock } from "./clock.ts";

export interface BucketSize {
  /** Tokens of a full bucket: what may come at once. */
  readonly burst: number;
  readonly perSecond: number;
}

interface Bucket {
  readonly tokens: number;
  readonly atMs: number;
}

/** Buckets kept at most; a flood from ever new addresses takes no more memory than this. */
const mostBuckets = 10_000;

export class TokenBuckets {
  readonly #size: BucketSize;
  readonly #clock: Clock;
  readonly #buckets = new Map<string, Bucket>();

  constructor(size: BucketSize, clock: Clock) {
    this.#size = size;
    this.#clock = clock;
  }

  /** Takes a token of `key`; false when there is none. */
  take(key: string): boolean {
    const tokens = this.#tokens(key);
    if (tokens < 1) return false;
    this.#keep(key, tokens - 1);
    return true;
  }

  /** Puts a token back: what it was taken for turned out to be welcome. */
  giveBack(key: string): void {
    this.#keep(key, Math.min(this.#size.burst, this.#tokens(key) + 1));
  }

  #tokens(key: string): number {
    const { burst, perSecond } = this.#size;
    const bucket = this.#buckets.get(key);
    if (!bucket) return burst;
    return Math.min(burst, bucket.tokens + ((this.#clock.nowMs() - bucket.atMs) / 1_000) * perSecond);
  }

  /** Keys are kept in the order of their last use; the one unused for longest makes room. */
  #keep(key: string, tokens: number): void {
    this.#buckets.delete(key);
    this.#buckets.set(key, { tokens, atMs: this.#clock.nowMs() });
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > mostBuckets && oldest !== undefined) this.#buckets.delete(oldest);
  }
}
