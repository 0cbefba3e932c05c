/** How a rule is put together: what it says, and what it finds in a graph. */
import { type GraphResource, inputAt, type Rule, type Violation } from "./graph.ts";

export type Finding = readonly [name: string, message: string];

export const rule = (
  id: string,
  title: string,
  why: string,
  find: (resources: readonly GraphResource[], invokes: readonly string[]) => readonly Finding[],
): Rule => ({
  id,
  title,
  why,
  check: (resources, invokes = []): Violation[] =>
    find(resources, invokes).map(([name, message]) => ({ rule: id, name, message })),
});

/** Each resource of a type must have one of these values at a path of its inputs. */
type Requirement = readonly [type: string, path: string, ...allowed: readonly unknown[]];

export const required = (requirements: readonly Requirement[]) => (resources: readonly GraphResource[]) =>
  requirements.flatMap(([type, path, ...allowed]) =>
    of(resources, type)
      .filter((resource) => !allowed.includes(inputAt(resource, path)))
      .map(
        (resource): Finding => [
          resource.name,
          `${path} is ${JSON.stringify(inputAt(resource, path))}; it must be ${allowed.join(" or ")}`,
        ],
      ),
  );

/** The resources of an azure-native type, such as `search:Service`. */
export const of = (resources: readonly GraphResource[], type: string) =>
  resources.filter((resource) => resource.type === `azure-native:${type}`);
