/** Whether the app lives, and whether what it needs answers. */
import { Hono } from "hono";
import type { Services } from "../services/services.ts";
import type { Web } from "./staff.ts";

/** Shorter than the platform's own probe timeout, so that the probe gets an answer that names what is missing. */
const patienceMs = 5_000;

export function healthRoutes({ store, flags, newId }: Pick<Services, "store" | "flags" | "newId">): Hono<Web> {
  const app = new Hono<Web>();
  app.get("/health/liveness", (context) => context.json(null));
  app.get("/health/readiness", async (context) => {
    const checks = await Promise.all([
      check("startup", async () => undefined),
      check("store", () => store.get(newId())),
      check("flags", flags),
    ]);
    const ok = checks.every((each) => each.status === "ok");
    return context.json({ status: ok ? "ok" : "fail", checks }, ok ? 200 : 503);
  });
  return app;
}

async function check(id: string, probe: () => Promise<unknown>): Promise<{ id: string; status: "ok" | "fail" }> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("late")), patienceMs);
  });
  try {
    await Promise.race([probe(), late]);
    return { id, status: "ok" };
  } catch {
    return { id, status: "fail" };
  } finally {
    clearTimeout(timer);
  }
}
