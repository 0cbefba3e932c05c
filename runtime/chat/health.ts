/** Which deployments have failed lately and are left alone for a while. Pure; what fails is told by whoever asked. */

/** By deployment, until when it is left alone. */
export type Health = Readonly<Record<string, number>>;

export interface Failure {
  readonly deployment: string;
  readonly nowMs: number;
  /** As the service said; 30 s where it said nothing. */
  readonly retryAfterMs?: number | undefined;
}

const avoidedMs = 30_000;
/** However long a service says: a quota of the day may be raised before it is over. */
const longestAvoidedMs = 300_000;

export const healthy: Health = {};

/** After a failure. What is known already to be left alone for longer stays so. */
export function afterFailure(health: Health, { deployment, nowMs, retryAfterMs = avoidedMs }: Failure): Health {
  const untilMs = nowMs + Math.min(longestAvoidedMs, Math.max(0, retryAfterMs));
  return { ...health, [deployment]: Math.max(untilMs, health[deployment] ?? 0) };
}

export const isAvoided = (health: Health, deployment: string, nowMs: number): boolean => (health[deployment] ?? 0) > nowMs;

/** How long until one of the deployments may be asked again; 0 when one may be now. */
export function freeInMs(health: Health, deployments: readonly string[], nowMs: number): number {
  return Math.max(0, Math.min(...deployments.map((each) => (health[each] ?? 0) - nowMs)));
}
