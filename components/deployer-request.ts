/**
 * Requests that the program makes itself, under whoever deploys. Dynamic resources call these: their providers are serialised with the functions
 * they use, so modules are reached for inside the functions and nothing but plain constants is captured.
 */

/** The deployer's own token: a person's, a pipeline's, a managed identity's. */
export async function bearer(scope: string): Promise<string> {
  const { DefaultAzureCredential } = await import("@azure/identity");
  const { token } = await new DefaultAzureCredential().getToken(scope);
  return `Bearer ${token}`;
}

/** Sends until accepted. Refusals that pass with time, and 5xx, are tried again for about five minutes: as long as roles take to spread. */
export async function untilAccepted(
  url: string,
  send: () => Promise<Response>,
  passing: readonly number[],
  fine: readonly number[] = [],
): Promise<void> {
  const { setTimeout: wait } = await import("node:timers/promises");
  for (let attempt = 1; ; attempt++) {
    const answer = await send();
    if (answer.ok || fine.includes(answer.status)) return;
    const again = passing.includes(answer.status) || answer.status >= 500;
    if (!again || attempt === 24)
      throw new Error(
        `${new URL(url).host} refused the request with ${answer.status} after ${attempt} attempts: ${(await answer.text()).slice(0, 500)}`,
      );
    const asked = answer.headers.get("retry-after");
    await wait(Math.min(15_000, asked && /^\d+$/.test(asked) ? Number(asked) * 1_000 : 500 * 2 ** attempt));
  }
}
