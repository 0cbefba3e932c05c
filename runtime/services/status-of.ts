/** The HTTP status an Azure client's error carries, whichever of the clients' error classes it is; undefined for anything else. */
export function statusOf(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  // Cosmos says it as `code`, which is a word in other clients' errors.
  const { statusCode, status, code } = error as { statusCode?: unknown; status?: unknown; code?: unknown };
  return [statusCode, status, code].find((each) => typeof each === "number");
}

/** Answers after which a request may have been carried out all the same. */
const undecided = new Set([408, 500, 502, 504]);

/** Whether it is open what became of a request: no answer came, or one that does not say. */
export function isUndecided(error: unknown): boolean {
  const status = statusOf(error);
  return status === undefined || undecided.has(status);
}
