/** Answers one search: what is asked, over which documents, in which order. */
import { type Definition, type Field, vectorType } from "./definition.ts";
import { type Document, shown } from "./document.ts";
import { type Filter, readFilter } from "./filter.ts";
import { byVector, byWords, fused, type Ranking } from "./ranking.ts";
import { invalid, notOnTheLaptop } from "./refusal.ts";

/** The body of a search request, as far as it is served. */
interface SearchRequest {
  readonly search?: string | null;
  readonly searchMode?: string | null;
  readonly searchFields?: unknown;
  readonly queryType?: string | null;
  readonly filter?: string | null;
  readonly select?: unknown;
  readonly orderby?: unknown;
  readonly top?: number | null;
  readonly skip?: number | null;
  readonly count?: boolean | null;
  readonly vectorQueries?: readonly VectorQuery[] | null;
  readonly vectorFilterMode?: string | null;
  readonly [other: string]: unknown;
}

interface VectorQuery {
  readonly kind?: string;
  readonly vector?: readonly number[];
  /** Names with commas between. */
  readonly fields?: unknown;
  readonly k?: number | null;
  readonly weight?: number | null;
}

interface Hit {
  readonly document: Document;
  readonly score: number;
}

/** Source: AI Search docs, "search documents (REST)": top, skip; k of a vector query; recall of the text side of a hybrid query. */
const usualPage = 50;
const largestPage = 1_000;
const largestSkip = 100_000;
const usualNeighbours = 50;
const textRecall = 1_000;

const unserved: Readonly<Record<string, string>> = {
  semanticQuery: "semantic ranker",
  semanticConfiguration: "semantic ranker",
  answers: "semantic ranker",
  captions: "semantic ranker",
  facets: "facets",
  highlight: "highlighting",
  scoringProfile: "scoring profiles",
};

/** The answer's body. Throws 400 for what the index cannot be asked, 501 for what only AI Search can. */
export function answerSearch(
  definition: Definition,
  documents: readonly Document[],
  request: SearchRequest,
): Record<string, unknown> {
  refuseUnserved(request);
  const { fields } = definition;
  const select = readSelect(request.select, fields);
  const filter = request.filter ? readFilter(request.filter, fields) : () => true;
  const hits = order(find(fields, documents, request, filter), readNames(request.orderby), fields);
  const skip = readNumber("skip", request.skip, 0, largestSkip);
  const top =
    request.top === undefined || request.top === null ? undefined : readNumber("top", request.top, 0, Number.MAX_SAFE_INTEGER);
  const size = Math.min(top ?? usualPage, largestPage);
  const left = Math.min(hits.length - skip, top ?? Number.POSITIVE_INFINITY) - size;
  const rest = left > 0 ? { ...request, skip: skip + size, ...(top === undefined ? {} : { top: top - size }) } : undefined;
  return {
    ...(request.count ? { "@odata.count": hits.length } : {}),
    ...(rest ? { "@search.nextPageParameters": rest } : {}),
    value: hits
      .slice(skip, skip + size)
      .map(({ document, score }) => ({ "@search.score": score, ...shown(definition, document, select) })),
  };
}

function refuseUnserved(request: SearchRequest): void {
  const { queryType } = request;
  if (queryType === "semantic") throw notOnTheLaptop("semantic ranker", "Search with text and vectors; they are fused.");
  if (queryType === "full") throw notOnTheLaptop("full Lucene syntax", 'Use the queryType "simple".');
  if (queryType && queryType !== "simple")
    throw invalid(`The queryType "${queryType}" is not known; allowed are simple, full and semantic.`);
  for (const [part, what] of Object.entries(unserved)) {
    const given = request[part];
    if (given && !(Array.isArray(given) && given.length === 0) && given !== "none")
      throw notOnTheLaptop(what, `Search without ${part}.`);
  }
}

/** By words, by vectors, or by both together; without either, everything scores 1. */
function find(fields: readonly Field[], documents: readonly Document[], request: SearchRequest, filter: Filter): readonly Hit[] {
  const text = request.search?.trim() ?? "";
  const vectorQueries = request.vectorQueries ?? [];
  const byText = text !== "" && text !== "*";
  if (!byText && vectorQueries.length === 0) return documents.filter(filter).map((document) => ({ document, score: 1 }));
  const preFilter = (request.vectorFilterMode ?? "preFilter") === "preFilter";
  const near = vectorQueries.flatMap((query) => findNear(fields, preFilter ? documents.filter(filter) : documents, query));
  const worded = byText ? findWords(fields, documents, request, text).filter(({ id }) => filter(id)) : [];
  const rankings = [
    ...(byText ? [{ ranking: worded.slice(0, vectorQueries.length > 0 ? textRecall : undefined), weight: 1 }] : []),
    ...near,
  ];
  const [only] = rankings;
  const ranking = rankings.length === 1 && only ? only.ranking : fused(rankings);
  return ranking.filter(({ id }) => filter(id)).map(({ id, score }) => ({ document: id, score }));
}

/** How rare a word is counts over the whole index, filtered or not. */
function findWords(
  fields: readonly Field[],
  documents: readonly Document[],
  request: SearchRequest,
  text: string,
): Ranking<Document> {
  const searchable = fields.filter(({ searchable, type }) => searchable && type !== vectorType);
  const asked = readNames(request.searchFields);
  const unknown = asked?.find((name) => !searchable.some((field) => field.name === name));
  if (unknown)
    throw invalid(`The field '${unknown}' in the search field list is not searchable. Searchable are ${names(searchable)}.`);
  if (request.searchMode && !["any", "all"].includes(request.searchMode))
    throw invalid(`The searchMode "${request.searchMode}" is not known; allowed are any and all.`);
  const used = searchable.filter(({ name }) => !asked || asked.includes(name));
  const texts = used.map(({ name }) => documents.map((document) => textOf(document[name])));
  return byWords(text, texts, request.searchMode === "all").map(({ id, score }) => ({ id: documents[id] as Document, score }));
}

function textOf(value: unknown): string {
  return Array.isArray(value) ? value.join(" ") : typeof value === "string" ? value : "";
}

/** One ranking for each vector field the query names. */
function findNear(fields: readonly Field[], documents: readonly Document[], query: VectorQuery) {
  if (query.kind !== "vector")
    throw notOnTheLaptop(`vector queries of kind "${String(query.kind)}"`, "Embed the text first and send the vector.");
  const vectors = fields.filter(({ type }) => type === vectorType);
  const { vector } = query;
  if (!Array.isArray(vector) || !vector.every((each) => typeof each === "number"))
    throw invalid("A vector query needs a vector: a list of numbers.");
  const weight = query.weight ?? 1;
  if (weight <= 0) throw invalid(`The weight of a vector query is above 0; ${weight} was given.`);
  const k = readNumber("k", query.k, usualNeighbours, 10_000);
  return (readNames(query.fields) ?? []).map((name) => {
    const field = vectors.find((each) => each.name === name);
    if (!field) throw invalid(`Unknown field '${name}' in vector field list. Vector fields are ${names(vectors)}.`);
    if (vector.length !== field.dimensions)
      throw invalid(
        `The vector field '${name}', with dimension ${field.dimensions}, expects a length of ${field.dimensions}; the query's vector has ${vector.length}.`,
      );
    const candidates = documents.flatMap((document) => {
      const own = document[name] as readonly number[] | undefined;
      return own && own.length > 0 ? [{ id: document, vector: own }] : [];
    });
    return { ranking: byVector(vector, candidates).slice(0, k), weight };
  });
}

/** `name`, `name desc` or `search.score() desc`; without any, the best come first. */
function order(hits: readonly Hit[], clauses: readonly string[] | undefined, fields: readonly Field[]): readonly Hit[] {
  if (!clauses) return hits;
  const columns = clauses.map((clause) => {
    const [name = "", direction = "asc", ...more] = clause.split(/\s+/);
    if (name.startsWith("geo.")) throw notOnTheLaptop("ordering by distance", "Order by a field or search.score().");
    if (more.length > 0 || !["asc", "desc"].includes(direction))
      throw invalid(`Invalid expression: '${clause}' in $orderby; write a field, then asc or desc.`);
    if (name !== "search.score()" && !fields.some((field) => field.name === name && field.sortable))
      throw invalid(
        `Invalid expression: '${name}' is not a sortable field. Only sortable fields can be used in $orderby expressions.`,
      );
    return { name, sign: direction === "desc" ? -1 : 1 };
  });
  return hits.toSorted((left, right) => {
    for (const { name, sign } of columns) {
      const [one, other] = [left, right].map((hit) => (name === "search.score()" ? hit.score : hit.document[name]));
      const order = compare(one, other);
      if (order !== 0) return sign * order;
    }
    return 0;
  });
}

/** Null comes before everything. */
function compare(left: unknown, right: unknown): number {
  const [one, other] = [left ?? null, right ?? null];
  if (one === other) return 0;
  if (one === null || other === null) return one === null ? -1 : 1;
  return (one as string) < (other as string) ? -1 : 1;
}

/** Throws 400 for a field that is not there or may not be shown. */
export function readSelect(given: unknown, fields: readonly Field[]): readonly string[] | undefined {
  const asked = readNames(given);
  if (!asked || asked.includes("*")) return undefined;
  const unknown = asked.find((name) => !fields.some((field) => field.name === name && field.retrievable));
  if (!unknown) return asked;
  throw invalid(
    `Invalid expression: Could not find a retrievable property named '${unknown}' on type 'search.document'. Parameter name: $select`,
  );
}

/** A list, or text with commas between; nothing when there is none. */
function readNames(given: unknown): readonly string[] | undefined {
  const list = Array.isArray(given) ? given.map(String) : typeof given === "string" ? given.split(",") : [];
  const named = list.map((name) => name.trim()).filter((name) => name !== "");
  return named.length > 0 ? named : undefined;
}

function readNumber(name: string, given: number | null | undefined, usual: number, most: number): number {
  const value = given ?? usual;
  if (Number.isInteger(value) && value >= 0 && value <= most) return value;
  throw invalid(`The value ${String(given)} for ${name} is out of range; allowed is 0 to ${most}.`);
}

function names(fields: readonly Field[]): string {
  return fields.map(({ name }) => name).join(", ") || "none";
}
