/** A request that cannot be done, answered in the error shape call-center-ai's API has: `{"error": {"message", "details"}}`. */
export class Problem extends Error {
  readonly status: 400 | 401 | 403 | 404 | 409 | 413 | 415 | 422 | 502 | 503;
  /** One fault a line. */
  readonly details: readonly string[];
  constructor(status: Problem["status"], message: string, details: readonly string[] = []) {
    super(message);
    this.name = "Problem";
    this.status = status;
    this.details = details;
  }
}
