/** What the session has cost and saved, in the server's own figures: asked for after each answer, until all of it is metered. */
export interface SessionCosts {
  readonly costUsd: number;
  readonly strongCostUsd: number;
  readonly savedUsd: number;
  readonly budgetLeftUsd: number;
  /** Everything up to the item asked for is in the figures. */
  readonly settled: boolean;
}

export interface Costs {
  /** Shows the figures once those of `after`, the id of an answer, are among them; a later call takes the place of an earlier one. */
  refresh(sessionId: string, after?: string): Promise<void>;
  clear(): void;
}

export function costs(shown: HTMLElement, get: (address: string) => Promise<Response>): Costs {
  /** Each asking waits up to five seconds at the server; the longest answers are spoken for a minute. */
  const most = 15;
  /** From here on what is left of the budget is said. */
  const lowShare = 0.25;
  const waitMs = 500;
  let current = 0;
  const dollars = (usd: number): string => `$${usd.toFixed(4)}`;

  function show({ costUsd, strongCostUsd, savedUsd, budgetLeftUsd }: SessionCosts): void {
    const share = strongCostUsd > 0 ? ` (${Math.round((savedUsd / strongCostUsd) * 100)}\u00a0%)` : "";
    const low = budgetLeftUsd < lowShare * (costUsd + budgetLeftUsd);
    const warning = document.createElement("strong");
    warning.textContent = low ? `${dollars(Math.max(0, budgetLeftUsd))} of the budget is left.` : "";
    shown.replaceChildren(
      `Cost so far ${dollars(costUsd)}, saved ${dollars(savedUsd)}${share} against always the strong model. `,
      warning,
    );
  }

  return {
    async refresh(sessionId, after) {
      const mine = ++current;
      const query = after ? `?after=${encodeURIComponent(after)}` : "";
      for (let asked = 0; asked < most && mine === current; asked++) {
        const answer = await get(`/api/chat/sessions/${sessionId}${query}`).catch(() => undefined);
        if (!answer || mine !== current) return;
        const figures = (await answer.json()) as SessionCosts;
        show(figures);
        if (figures.settled || !after) return;
        // A server that answers at once is not asked in a ring.
        await new Promise((resolve) => setTimeout(resolve, waitMs));
      }
    },
    clear() {
      current++;
      shown.textContent = "Nothing yet.";
    },
  };
}
