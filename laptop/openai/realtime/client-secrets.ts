/** Ephemeral secrets: a browser's right to open sessions of one kind for a few minutes. A session outlives its secret. */
import type { Clock } from "../../clock.ts";
import { InvalidRequest } from "../answers.ts";
import type { SessionSettings } from "./settings.ts";

/** Limits and default of `expires_after.seconds` (openai 7.57.0, resources/realtime/client-secrets.d.ts). */
const shortestSeconds = 10;
const longestSeconds = 7_200;
const defaultSeconds = 600;

interface Secret {
  readonly settings: SessionSettings;
  readonly expiresAtMs: number;
  /** What this one stands for at a model's own server. */
  readonly upstream?: string;
}

export class ClientSecrets {
  readonly #clock: Clock;
  readonly #newId: (prefix: string) => string;
  readonly #secrets = new Map<string, Secret>();

  constructor(clock: Clock, newId: (prefix: string) => string) {
    this.#clock = clock;
    this.#newId = newId;
  }

  /** The answer's `value` and `expires_at`. Throws `InvalidRequest` for a lifetime outside 10 to 7200 s. */
  create(settings: SessionSettings, expiresAfter: unknown): { value: string; expires_at: number } {
    const { anchor = "created_at", seconds = defaultSeconds } = (expiresAfter ?? {}) as { anchor?: unknown; seconds?: unknown };
    if (anchor !== "created_at")
      throw new InvalidRequest(
        "Invalid value for 'expires_after.anchor': 'created_at' is the only anchor.",
        "expires_after.anchor",
      );
    if (typeof seconds !== "number" || !Number.isInteger(seconds) || seconds < shortestSeconds || seconds > longestSeconds)
      throw new InvalidRequest(
        `Invalid 'expires_after.seconds': ${shortestSeconds} to ${longestSeconds}.`,
        "expires_after.seconds",
      );
    return this.keep({ settings, expiresAtMs: this.#clock.nowMs() + seconds * 1_000 });
  }

  /** A new secret of ours for what is already decided. */
  keep(secret: Secret): { value: string; expires_at: number } {
    this.#forgetExpired();
    const value = this.#newId("ek");
    this.#secrets.set(value, secret);
    return { value, expires_at: Math.floor(secret.expiresAtMs / 1_000) };
  }

  /** What a live secret stands for. */
  find(value: string): Secret | undefined {
    const secret = this.#secrets.get(value);
    return secret && secret.expiresAtMs > this.#clock.nowMs() ? secret : undefined;
  }

  #forgetExpired(): void {
    const nowMs = this.#clock.nowMs();
    for (const [value, { expiresAtMs }] of this.#secrets) if (expiresAtMs <= nowMs) this.#secrets.delete(value);
  }
}
