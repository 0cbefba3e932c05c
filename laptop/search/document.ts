/** What an index accepts as a document. */
import { type Definition, type Field, keyField, vectorType } from "./definition.ts";
import { invalid } from "./refusal.ts";

export type Document = Readonly<Record<string, unknown>>;

/** Source: AI Search docs, "naming rules", document key. */
const keyShape = /^(?!_)[A-Za-z0-9_\-=]{1,1024}$/;
/** ISO 8601 with its offset from UTC. */
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;

/** The key of a document, checked with all its fields against the definition. Throws 400. */
export function requireDocument(definition: Definition, document: Document): string {
  for (const [name, value] of Object.entries(document)) {
    const field = definition.fields.find((each) => each.name === name);
    if (!field)
      throw invalid(
        `The request is invalid. Details: The property '${name}' does not exist on type 'search.documentFields'. ` +
          "Make sure to only use property names that are defined by the type.",
      );
    requireValue(field, value);
  }
  const { name } = keyField(definition);
  const key = document[name];
  if (typeof key !== "string") throw invalid(`The document has no key: the field '${name}' must be there and be text.`);
  if (!keyShape.test(key))
    throw invalid(
      `Invalid document key: '${key}'. Keys can only contain letters, digits, underscore (_), dash (-), or equal sign (=).`,
      "InvalidDocumentKey",
    );
  return key;
}

function requireValue(field: Field, value: unknown): void {
  const { name, type } = field;
  if (value === null && !type.startsWith("Collection")) return;
  if (!isOf(type, value))
    throw invalid(
      `The request is invalid. Details: Cannot convert the value of '${name}' (${describe(value)}) to the expected type '${type}'.`,
    );
  if (type === vectorType && (value as readonly number[]).length !== field.dimensions)
    throw invalid(
      `The vector field '${name}', with dimension ${field.dimensions}, expects a length of ${field.dimensions}. However, the provided ` +
        `vector has a length of ${(value as readonly number[]).length}. Please ensure that the vector length matches.`,
    );
}

function isOf(type: string, value: unknown): boolean {
  const item = /^Collection\((.+)\)$/.exec(type)?.[1];
  if (item) return Array.isArray(value) && value.every((each) => isOf(item, each));
  if (type === "Edm.String") return typeof value === "string";
  if (type === "Edm.Boolean") return typeof value === "boolean";
  if (type === "Edm.Int32") return Number.isInteger(value) && Math.abs(value as number) <= 2 ** 31;
  if (type === "Edm.Int64") return Number.isInteger(value);
  if (type === "Edm.DateTimeOffset") return typeof value === "string" && instant.test(value) && !Number.isNaN(Date.parse(value));
  return typeof value === "number";
}

function describe(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "a list" : typeof value;
}

/** As it is sent: the fields asked for, or all that are retrievable; what was never given is null or an empty list. */
export function shown({ fields }: Definition, document: Document, select: readonly string[] | undefined): Document {
  const visible = fields.filter(({ name, retrievable }) => retrievable && (!select || select.includes(name)));
  return Object.fromEntries(
    visible.map(({ name, type }) => [name, document[name] ?? (type.startsWith("Collection") ? [] : null)]),
  );
}
