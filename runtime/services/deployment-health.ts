/** What this process has seen of the model deployments: which of them failed lately, and asking the next one when one fails. */
import { APIConnectionError, APIError, APIUserAbortError, OpenAIError } from "openai";
import { afterFailure, freeInMs, type Health, healthy, isAvoided } from "../chat/health.ts";

/** A deployment that would not answer for reasons of its own: throttled, broken, or silent for too long. Asking another one may help. */
export class DeploymentFailure extends Error {
  readonly retryAfterMs: number | undefined;
  constructor(retryAfterMs?: number) {
    super("The model deployment did not answer.");
    this.name = "DeploymentFailure";
    this.retryAfterMs = retryAfterMs;
  }
}

/** Every deployment that could have answered has failed. */
export class NoDeployment extends Error {
  /** When one of them may be asked again. */
  readonly retryAfterMs: number;
  constructor(retryAfterMs: number) {
    super("No model deployment answers.");
    this.name = "NoDeployment";
    this.retryAfterMs = retryAfterMs;
  }
}

export interface DeploymentHealth {
  /** Whether the deployment is left alone for now. */
  avoided(deployment: string): boolean;
  /**
   * What the first deployment answers that does. One that fails is left alone for as long as it says, and the next is asked; those that are
   * left alone already are not asked. Throws `NoDeployment`, or at once whatever else goes wrong.
   */
  first<Deployed extends { readonly deployment: string }, Answer>(
    candidates: readonly Deployed[],
    ask: (candidate: Deployed) => Promise<Answer>,
  ): Promise<Answer>;
}

/** `nowMs` in milliseconds since the epoch. */
export function deploymentHealth(nowMs: () => number): DeploymentHealth {
  let health: Health = healthy;
  const avoided = (deployment: string): boolean => isAvoided(health, deployment, nowMs());
  return {
    avoided,
    async first(candidates, ask) {
      for (const candidate of candidates) {
        const { deployment } = candidate;
        if (avoided(deployment)) continue;
        try {
          return await ask(candidate);
        } catch (error) {
          const failure = failureOf(error);
          if (!failure) throw error;
          health = afterFailure(health, { deployment, nowMs: nowMs(), retryAfterMs: failure.retryAfterMs });
        }
      }
      throw new NoDeployment(
        freeInMs(
          health,
          candidates.map((each) => each.deployment),
          nowMs(),
        ),
      );
    },
  };
}

/** Statuses that say nothing about the request: a timeout of the service's, too many requests, and its own faults. */
export const isDeploymentStatus = (status: number): boolean => status === 408 || status === 429 || status >= 500;

/** How long the service asks to be left alone, by Azure's finer header or the standard one. */
export function retryAfterMs(headers: Headers): number | undefined {
  const said = [
    [headers.get("retry-after-ms"), 1],
    [headers.get("retry-after"), 1_000],
  ] as const;
  return said.flatMap(([value, unitMs]) => (value !== null && Number(value) >= 0 ? Number(value) * unitMs : []))[0];
}

/**
 * What the client threw, told as a failure of the deployment where the answer broke off or stalled: an error that is none of the client's own
 * comes of reading it, and only our own limit of time aborts a request.
 */
export const brokenOff = (error: unknown): unknown =>
  error instanceof OpenAIError && !(error instanceof APIUserAbortError) ? error : new DeploymentFailure();

function failureOf(error: unknown): DeploymentFailure | undefined {
  if (error instanceof DeploymentFailure) return error;
  // Also the client's own timeout.
  if (error instanceof APIConnectionError) return new DeploymentFailure();
  if (error instanceof APIError && typeof error.status === "number" && isDeploymentStatus(error.status))
    return new DeploymentFailure(error.headers instanceof Headers ? retryAfterMs(error.headers) : undefined);
  return undefined;
}
