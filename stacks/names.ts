import { type NamedType, resourceName } from "../components/naming.ts";
import type { StackSettings } from "./settings.ts";

/** Physical names of one environment or one customer. */
export type Names = (type: NamedType, app?: "functions" | "bridge") => string;

/** Names for what `part` owns (a customer), or for what the whole environment shares when there is none. */
export function namesOf({ namePrefix, environment }: StackSettings, stack: string, part?: string): Names {
  return (type, app) => {
    const of = [part, app].filter((word) => word !== undefined).join("-");
    return resourceName(type, { prefix: namePrefix, environment, stack, ...(of ? { part: of } : {}) });
  };
}

/** Where an app answers, known before it exists, so that a bridge can be told of it first. */
export function functionsUrl({ cloud }: StackSettings, names: Names): string {
  return `${cloud.publicScheme}://${cloud.appHostName.replace("{name}", names("Microsoft.Web/sites/functions"))}`;
}
