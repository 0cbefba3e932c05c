/** Which function answers a request: the Functions host's route templates (`rooms/{room}/messages/{id?}`, `files/{*path}`), as a pure table. */
import type { RegisteredFunction } from "./core.ts";

export interface Route {
  readonly name: string;
  readonly methods: ReadonlySet<string>;
  readonly pattern: RegExp;
  readonly parameters: readonly string[];
}

export type Match =
  | { readonly kind: "found"; readonly name: string; readonly params: Record<string, string> }
  | { readonly kind: "wrong method" | "unknown" };

/** Routes of every HTTP function, the most literal first, as ASP.NET routing prefers them. */
export function routesOf(functions: readonly RegisteredFunction[], prefix: string): Route[] {
  return functions
    .filter(({ trigger }) => trigger.type.toLowerCase() === "httptrigger")
    .map(({ name, trigger }) => {
      const template = [prefix, trigger.route ?? name].filter(Boolean).join("/");
      const methods = new Set((trigger.methods ?? ["GET", "POST"]).map((method) => method.toUpperCase()));
      const compiled = compile(template);
      // What takes any path is asked last, however many parameters another route has.
      const rank = template.startsWith("{*") ? Number.MAX_SAFE_INTEGER : compiled.parameters.length;
      return { name, methods, rank, ...compiled };
    })
    .sort((one, other) => one.rank - other.rank);
}

export function matchRoute(routes: readonly Route[], method: string, path: string): Match {
  const fitting = routes.flatMap((route) => {
    const found = route.pattern.exec(path);
    return found ? [{ route, values: found.slice(1) }] : [];
  });
  const hit = fitting.find(({ route }) => route.methods.has(method));
  if (!hit) return { kind: fitting.length > 0 ? "wrong method" : "unknown" };
  const params = hit.route.parameters.flatMap((name, index) => {
    const value = hit.values[index];
    return value === undefined ? [] : [[name, decoded(value)]];
  });
  return { kind: "found", name: hit.route.name, params: Object.fromEntries(params) };
}

/** As ASP.NET does it, what is no percent encoding stays as it is. */
function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

function compile(template: string): Pick<Route, "pattern" | "parameters"> {
  const parameters: string[] = [];
  const source = template.split("/").map((segment) => {
    const parameter = /^\{(?<all>\*?)(?<name>\w+)(?::[^?}]*)?(?<optional>\??)\}$/.exec(segment)?.groups;
    if (!parameter) return `/${segment.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}`;
    parameters.push(parameter.name ?? "");
    if (parameter.all) return "(?:/(.*))?";
    return parameter.optional ? "(?:/([^/]+))?" : "/([^/]+)";
  });
  return { pattern: new RegExp(`^${source.join("")}/?$`, "i"), parameters };
}
