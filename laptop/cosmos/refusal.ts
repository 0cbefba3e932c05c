/** How Cosmos DB says no: a status, sometimes a substatus, and a body of `code` and `message`. */

const codes: Readonly<Record<number, string>> = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  405: "MethodNotAllowed",
  409: "Conflict",
  412: "PreconditionFailed",
  413: "RequestEntityTooLarge",
  424: "FailedDependency",
  429: "429",
  501: "NotImplemented",
};

export class CosmosRefusal extends Error {
  readonly status: number;
  readonly code: string;
  /** `x-ms-substatus`; 0 when there is none. */
  readonly substatus: number;
  constructor(status: number, message: string, substatus = 0) {
    super(message);
    this.status = status;
    this.code = codes[status] ?? "InternalServerError";
    this.substatus = substatus;
  }
}

/** What Cosmos DB does and this stand-in does not. */
export function notOnTheLaptop(what: string, instead: string): CosmosRefusal {
  return new CosmosRefusal(501, `The laptop's Cosmos DB cannot do this: ${what}. ${instead}`);
}
