/** The account's deployments: what the API calls `model` is one of these names. */
import { Refusal } from "../identity/access.ts";

export interface Deployment {
  /** What callers put into `model`. */
  readonly name: string;
  /** The model behind it, e.g. `gpt-realtime-2.1-mini`. */
  readonly model: string;
  readonly version: string;
  /** Thousands of tokens a minute. */
  readonly capacity: number;
}

type Operation = "chatCompletion" | "embeddings" | "realtime";

function operationOf({ model }: Deployment): Operation {
  if (/realtime/.test(model)) return "realtime";
  return /embedding/.test(model) ? "embeddings" : "chatCompletion";
}

export class Deployments {
  readonly #byName = new Map<string, Deployment>();

  /** Throws when the name is not one Azure would take: 2 to 64 letters, digits, `-`, `_` and `.`. */
  create(deployment: Deployment): void {
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]{1,63}$/.test(deployment.name))
      throw new Refusal(400, "InvalidResourceName", "A deployment's name has 2 to 64 letters, digits, '-', '_' or '.'.");
    this.#byName.set(deployment.name, deployment);
  }

  remove(name: string): void {
    this.#byName.delete(name);
  }

  list(): Deployment[] {
    return [...this.#byName.values()];
  }

  /** Throws `Refusal` 404 for a name the graph did not deploy, 400 for a model that cannot do the operation. */
  find(name: unknown, operation: Operation): Deployment {
    const deployment = typeof name === "string" ? this.#byName.get(name) : undefined;
    if (!deployment)
      throw new Refusal(
        404,
        "DeploymentNotFound",
        "The API deployment for this resource does not exist. `model` is the name of a deployment, not of a model. If you created the deployment within the last 5 minutes, please wait a moment and try again.",
      );
    if (operationOf(deployment) !== operation)
      throw new Refusal(
        400,
        "OperationNotSupported",
        `The ${operation} operation does not work with the specified model, ${deployment.model}. Please choose different model and try again.`,
      );
    return deployment;
  }
}
