import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["**/*.test.ts"],
    exclude: ["node_modules/**", "dist/**", ".laptop/**"],
    pool: "forks",
    // Calls take as long as calls do: most of the time tests wait for sound, so that two files at once fit even two cores.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
