/** What an index holds: its fields, their types, and what each may be used for. */
import { invalid, notOnTheLaptop } from "./refusal.ts";

export const fieldTypes = [
  "Edm.String",
  "Edm.Int32",
  "Edm.Int64",
  "Edm.Double",
  "Edm.Boolean",
  "Edm.DateTimeOffset",
  "Collection(Edm.String)",
  "Collection(Edm.Int32)",
  "Collection(Edm.Single)",
] as const;
export type FieldType = (typeof fieldTypes)[number];

/** A list of numbers to compare by closeness, not by value. */
export const vectorType: FieldType = "Collection(Edm.Single)";

export interface Field {
  readonly name: string;
  readonly type: FieldType;
  readonly key: boolean;
  readonly searchable: boolean;
  readonly filterable: boolean;
  readonly sortable: boolean;
  readonly facetable: boolean;
  readonly retrievable: boolean;
  readonly stored: boolean;
  /** Of a vector. */
  readonly dimensions?: number;
  readonly vectorSearchProfile?: string;
  readonly analyzer?: string | null;
}

export interface Definition {
  readonly name: string;
  readonly fields: readonly Field[];
  readonly [part: string]: unknown;
}

/** Source: AI Search docs, "service limits", and "naming rules". */
const indexName = /^(?=.{2,128}$)[a-z0-9]+(-[a-z0-9]+)*$/;
const fieldName = /^[A-Za-z][A-Za-z0-9_]{0,127}$/;
const dimensionLimits = { least: 2, most: 4_096 };

interface VectorSearch {
  readonly profiles?: readonly { readonly name?: unknown; readonly algorithm?: unknown }[] | null;
  readonly algorithms?: readonly { readonly name?: unknown; readonly [parameters: string]: unknown }[] | null;
}

/** The definition in a request's body, with defaults filled in. Throws 400, or 501 for what only AI Search can. */
export function requireDefinition(body: unknown): Definition {
  const given = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  const { name, fields, vectorSearch } = given;
  if (typeof name !== "string" || !indexName.test(name))
    throw invalid(
      `Invalid index name "${String(name)}": it must only contain lowercase letters, digits or dashes, cannot start or end with dashes, ` +
        "and has 2 to 128 characters.",
    );
  for (const part of ["scoringProfiles", "analyzers", "tokenizers", "tokenFilters", "charFilters"])
    if (Array.isArray(given[part]) && given[part].length > 0)
      throw notOnTheLaptop(`${part} of one's own`, "Define the index without them.");
  if (!Array.isArray(fields) || fields.length === 0) throw invalid("An index needs at least one field.");
  const read = fields.map((field: unknown) => requireField(field, (vectorSearch ?? {}) as VectorSearch));
  const keys = read.filter(({ key }) => key);
  if (keys.length !== 1 || keys[0]?.type !== "Edm.String")
    throw invalid(`The index must have exactly one key field, of type Edm.String. Found ${keys.length}.`);
  const twice = read.find(({ name }, index) => read.findIndex((other) => other.name === name) !== index);
  if (twice) throw invalid(`The field "${twice.name}" is defined twice.`);
  return { ...given, name, fields: read };
}

function requireField(given: unknown, vectorSearch: VectorSearch): Field {
  const field = given as Partial<Field> & { readonly name?: unknown };
  const { name, type } = field;
  if (typeof name !== "string" || !fieldName.test(name))
    throw invalid(
      `Invalid field name "${String(name)}": it begins with a letter and holds only letters, digits and underscores.`,
    );
  if (type === ("Edm.ComplexType" as string) || type === ("Edm.GeographyPoint" as string))
    throw notOnTheLaptop(`fields of type ${type}`, "Flatten them.");
  if (!fieldTypes.includes(type as FieldType))
    throw invalid(`The field "${name}" has the type "${String(type)}"; allowed are ${fieldTypes.join(", ")}.`);
  const known = type as FieldType;
  const isVector = known === vectorType;
  const isText = known === "Edm.String" || known === "Collection(Edm.String)";
  const read: Field = {
    ...field,
    name,
    type: known,
    key: field.key ?? false,
    searchable: field.searchable ?? (isText || isVector),
    filterable: field.filterable ?? !isVector,
    sortable: field.sortable ?? !known.startsWith("Collection"),
    facetable: field.facetable ?? !isVector,
    retrievable: field.retrievable ?? true,
    stored: field.stored ?? true,
  };
  requireUses(read, isText, isVector);
  if (isVector) requireVector(read, vectorSearch);
  return read;
}

function requireUses(
  { name, type, searchable, filterable, sortable, facetable, stored, retrievable }: Field,
  isText: boolean,
  isVector: boolean,
) {
  if (searchable && !isText && !isVector)
    throw invalid(`The field "${name}" of type ${type} cannot be searchable; only text and vectors are.`);
  if (sortable && type.startsWith("Collection"))
    throw invalid(`The field "${name}" of type ${type} cannot be sortable: it holds many values.`);
  if (isVector && (filterable || facetable)) throw invalid(`The vector field "${name}" cannot be filterable or facetable.`);
  if (!stored && retrievable) throw invalid(`The field "${name}" is not stored, so it cannot be retrievable.`);
}

function requireVector({ name, dimensions, vectorSearchProfile }: Field, { profiles, algorithms }: VectorSearch): void {
  const { least, most } = dimensionLimits;
  if (!Number.isInteger(dimensions) || (dimensions ?? 0) < least || (dimensions ?? 0) > most)
    throw invalid(`The vector field "${name}" needs dimensions from ${least} to ${most}; ${String(dimensions)} was given.`);
  const profile = profiles?.find((each) => each.name === vectorSearchProfile);
  if (!profile) throw invalid(`The vector field "${name}" needs a vectorSearchProfile that vectorSearch.profiles holds.`);
  const algorithm = algorithms?.find((each) => each.name === profile.algorithm);
  if (!algorithm) throw invalid(`The profile "${String(profile.name)}" needs an algorithm that vectorSearch.algorithms holds.`);
  for (const parameters of [algorithm.hnswParameters, algorithm.exhaustiveKnnParameters]) {
    const metric = (parameters as { metric?: unknown } | null | undefined)?.metric ?? "cosine";
    if (metric !== "cosine") throw notOnTheLaptop(`metric "${String(metric)}"`, 'Use "cosine".');
  }
}

/** An index that holds documents may gain fields, and neither lose nor change any. Throws 400. */
export function requireCompatible(before: Definition, after: Definition): void {
  for (const field of before.fields) {
    const same = after.fields.find(({ name }) => name === field.name);
    if (!same)
      throw invalid(
        `Existing field "${field.name}" cannot be deleted. Make a new index and fill it.`,
        "CannotDeleteExistingField",
      );
    const changed = (["type", "key", "searchable", "filterable", "sortable", "dimensions"] as const).find(
      (use) => same[use] !== field[use],
    );
    if (changed)
      throw invalid(
        `Existing field "${field.name}" cannot be changed: ${changed} differs. Make a new index and fill it.`,
        "CannotChangeExistingField",
      );
  }
}

export function keyField({ fields }: Definition): Field {
  return fields.find(({ key }) => key) as Field;
}
