/** What `strict: true` demands of a JSON schema: closed objects with every property required. */
import { InvalidRequest } from "./answers.ts";

type Schema = Readonly<Record<string, unknown>>;

/** Throws 400 that names the first place that is not strict, as the service words it. */
export function checkStrictSchema(name: string, schema: Schema, path: readonly string[] = []): void {
  const context = `In context=(${path.map((each) => `'${each}'`).join(", ")})`;
  const fail = (reason: string) =>
    new InvalidRequest(
      `Invalid schema for response_format '${name}': ${context}, ${reason}`,
      "response_format",
      "invalid_json_schema",
    );
  if (schema.type === "object") {
    const properties = (schema.properties ?? {}) as Record<string, Schema>;
    if (schema.additionalProperties !== false) throw fail("'additionalProperties' is required to be supplied and to be false.");
    const required = Array.isArray(schema.required) ? schema.required.map(String) : [];
    const left = Object.keys(properties).find((key) => !required.includes(key));
    if (left)
      throw fail(
        `'required' is required to be supplied and to be an array including every key in properties. Missing '${left}'.`,
      );
    for (const [key, each] of Object.entries(properties)) checkStrictSchema(name, each, [...path, "properties", key]);
  }
  if (schema.type === "array" && schema.items) checkStrictSchema(name, schema.items as Schema, [...path, "items"]);
  for (const key of ["anyOf", "$defs"])
    for (const [at, each] of Object.entries((schema[key] ?? {}) as Record<string, Schema>))
      checkStrictSchema(name, each, [...path, key, at]);
}
