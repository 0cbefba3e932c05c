import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** These wait for sound in real time. */
const inRealTime = /\/tests\/(system|browser|bridge)\//;

/** What is heard in real time comes first and beside its like, so that nobody who computes without a pause keeps it waiting. */
class RealTimeFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const [waiting = [], computing = []] = [true, false].map((which) =>
      sorted.filter(({ moduleId }) => inRealTime.test(moduleId) === which),
    );
    return [...waiting, ...computing];
  }
}

export default defineConfig({
  test: {
    include: ["**/*.test.ts"],
    exclude: ["node_modules/**", "dist/**", ".laptop/**"],
    pool: "forks",
    // Calls take as long as calls do: most of the time tests wait for sound, so that four files at once fit even two cores.
    maxWorkers: 4,
    sequence: { sequencer: RealTimeFirst },
    // Patience costs nothing but when something is broken.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 20_000 } },
  },
});
