/**
 * A request that cannot be done, answered in the error shape call-center-ai's API has: `{"error": {"message", "details"}}`, with
 * `code` where a program may want to word it itself.
 */
export class Problem extends Error {
  readonly status: 400 | 401 | 402 | 403 | 404 | 405 | 409 | 413 | 415 | 422 | 429 | 502 | 503;
  /** One fault a line. */
  readonly details: readonly string[];
  /** When it may be asked again; goes out as `retry-after`. */
  readonly retryAfterMs: number | undefined;
  /** Stays the same when the words change. */
  readonly code: string | undefined;
  constructor(status: Problem["status"], message: string, details: readonly string[] = [], retryAfterMs?: number, code?: string) {
    super(message);
    this.name = "Problem";
    this.status = status;
    this.details = details;
    this.retryAfterMs = retryAfterMs;
    this.code = code;
  }
}
