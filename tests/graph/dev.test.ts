import { expect, test } from "vitest";
import { evaluate } from "./graph.ts";

test("try", async () => {
  const t = performance.now();
  const graph = await evaluate("dev", { phone: { number: "+33199002737", countries: ["FR"] } });
  console.log(performance.now() - t, graph.resources.length, graph.outputs, graph.invokes);
  console.log(graph.resources.map((r) => `${r.type} ${r.name} ${r.custom} deps=${r.dependencies.length}`).join("\n"));
});
