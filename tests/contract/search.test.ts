/**
 * `@azure/search-documents` against the laptop's service, or against a real one: set CONTRACT_SEARCH_ENDPOINT. A real service shows new
 * documents only after a moment, so there the searches ask again until they are seen.
 */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { DefaultAzureCredential, type TokenCredential } from "@azure/identity";
import { SearchClient, type SearchIndex, SearchIndexClient, type SearchOptions } from "@azure/search-documents";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { RoleName } from "../../laptop/identity/roles.ts";
import { createSearch, type SearchStandIn } from "../../laptop/search/search.ts";
import { openWorld, type World } from "../support/stand-in.ts";

const real = process.env.CONTRACT_SEARCH_ENDPOINT;
const serviceId = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Search/searchServices/laptop";

let world: World;
let endpoint = real ?? "";
let owner: TokenCredential = new DefaultAzureCredential();
const made: string[] = [];

function openSearch(folder: string): SearchStandIn {
  return createSearch({ access: world.directory, serviceId, clock: world.clock, folder: join(world.home, folder) });
}

beforeAll(async () => {
  if (real) return;
  world = await openWorld();
  endpoint = (await world.start(openSearch("search"))).url;
  owner = identity("Search Service Contributor", "Search Index Data Contributor");
});

afterEach(async () => {
  for (const name of made.splice(0)) await indexes().deleteIndex(name);
});

afterAll(() => world?.close());

function identity(...roles: readonly RoleName[]): TokenCredential {
  const { objectId, credential } = world.identity();
  for (const role of roles) world.grant({ objectId, role, scope: serviceId });
  return credential;
}

const noRetry = { retryOptions: { maxRetries: 0 } };

function indexes(credential = owner): SearchIndexClient {
  return new SearchIndexClient(endpoint, credential, noRetry);
}

/** A document of call-center-ai's index. */
interface Training {
  id: string;
  answer?: string | null;
  context?: string | null;
  created_at?: string | null;
  document_synthesis?: string | null;
  file_path?: string | null;
  question?: string | null;
  vectors?: number[];
}

const text = { type: "Edm.String", searchable: true, filterable: false, sortable: false, facetable: false } as const;

/** call-center-ai's schema, with vectors short enough to read. */
function trainings(name: string): SearchIndex {
  return {
    name,
    fields: [
      { name: "id", type: "Edm.String", key: true, filterable: true },
      { name: "answer", ...text },
      { name: "context", ...text },
      { name: "created_at", type: "Edm.String", searchable: false, sortable: true, filterable: true },
      { name: "document_synthesis", ...text },
      { name: "file_path", type: "Edm.String", searchable: false, filterable: true },
      { name: "question", ...text },
      {
        name: "vectors",
        type: "Collection(Edm.Single)",
        searchable: true,
        hidden: true,
        vectorSearchDimensions: 3,
        vectorSearchProfileName: "near",
      },
    ],
    vectorSearch: {
      profiles: [{ name: "near", algorithmConfigurationName: "hnsw" }],
      algorithms: [{ name: "hnsw", kind: "hnsw" }],
    },
  };
}

const documents: Training[] = [
  {
    id: "water",
    question: "What about water damage?",
    answer: "Turn the water off.",
    created_at: "2026-01",
    file_path: "home.md",
    vectors: [1, 0, 0],
  },
  {
    id: "theft",
    question: "What about theft?",
    answer: "Go to the police.",
    created_at: "2026-02",
    file_path: "home.md",
    vectors: [0, 1, 0],
  },
  {
    id: "flood",
    question: "The river rose",
    answer: "Call us.",
    created_at: "2026-03",
    file_path: "car.md",
    vectors: [0.9, 0.1, 0],
  },
];

function client(index: string, credential = owner): SearchClient<Training> {
  return new SearchClient<Training>(endpoint, index, credential, noRetry);
}

async function filled(): Promise<SearchClient<Training>> {
  const name = `contract-${randomUUID().slice(0, 8)}`;
  await indexes().createIndex(trainings(name));
  made.push(name);
  await client(name).uploadDocuments(documents);
  if (real)
    await vi.waitUntil(async () => (await client(name).getDocumentsCount()) === documents.length, {
      timeout: 20_000,
      interval: 500,
    });
  return client(name);
}

async function ids(
  index: SearchClient<Training>,
  words: string | undefined,
  options: SearchOptions<Training> = {},
): Promise<string[]> {
  const found = [];
  for await (const { document } of (await index.search(words, options)).results) found.push(document.id);
  return found;
}

const refusal = (statusCode: number, message = "") =>
  expect.objectContaining({ statusCode, message: expect.stringContaining(message) });
const near = (vector: number[]) => ({
  vectorSearchOptions: {
    queries: [{ kind: "vector" as const, vector, fields: ["vectors" as const], kNearestNeighborsCount: 2 }],
  },
});

describe("an index", () => {
  test("is made once, read, extended and deleted", async () => {
    const name = `contract-${randomUUID().slice(0, 8)}`;
    await indexes().createIndex(trainings(name));
    await expect(indexes().createIndex(trainings(name))).rejects.toThrow(refusal(409));
    const index = await indexes().getIndex(name);
    expect(index.fields.map((field) => field.name)).toEqual(trainings(name).fields.map((field) => field.name));
    const extended = { ...index, fields: [...index.fields, { name: "title", ...text }] };
    expect((await indexes().createOrUpdateIndex(extended)).fields).toHaveLength(9);
    await expect(indexes().createOrUpdateIndex({ ...extended, fields: trainings(name).fields })).rejects.toThrow(refusal(400));
    await indexes().deleteIndex(name);
    await expect(indexes().getIndex(name)).rejects.toThrow(refusal(404));
  });

  test("is not overwritten by who read an older one", async () => {
    const name = `contract-${randomUUID().slice(0, 8)}`;
    await indexes().createIndex(trainings(name));
    made.push(name);
    const read = await indexes().getIndex(name);
    // The client gives the etag as `eTag` and takes it as `etag`.
    const first = { ...read, etag: (read as { eTag?: string }).eTag ?? "" };
    const extended = { ...first, fields: [...first.fields, { name: "title", ...text }] };
    await indexes().createOrUpdateIndex(extended, { onlyIfUnchanged: true });
    await expect(indexes().createOrUpdateIndex(extended, { onlyIfUnchanged: true })).rejects.toThrow(refusal(412));
  });

  test.each([
    ["a name with capitals", { name: "Trainings" }],
    ["no key", { fields: [{ name: "id", type: "Edm.String" as const }] }],
    ["a vector without a profile", { vectorSearch: { profiles: [], algorithms: [] } }],
  ])("with %s is refused", async (_, change) => {
    await expect(indexes().createIndex({ ...trainings("contract-refused"), ...change })).rejects.toThrow(refusal(400));
  });
});

describe("documents", () => {
  test("are uploaded, merged, read and deleted", async () => {
    const index = await filled();
    expect(await index.getDocument("water")).toMatchObject({ id: "water", answer: "Turn the water off.", context: null });
    await index.mergeDocuments([{ id: "water", context: "home" }]);
    expect(await index.getDocument("water")).toMatchObject({ answer: "Turn the water off.", context: "home" });
    const { results } = await index.mergeDocuments([{ id: "absent", context: "home" }]);
    expect(results).toMatchObject([{ key: "absent", succeeded: false, statusCode: 404 }]);
    await index.deleteDocuments("id", ["water"]);
    await expect(index.getDocument("water")).rejects.toThrow(refusal(404));
  });

  test("with a field that the index does not have, or of another type, are refused", async () => {
    const index = await filled();
    await expect(index.uploadDocuments([{ id: "a", colour: "red" } as Training])).rejects.toThrow(
      refusal(400, "'colour' does not exist"),
    );
    await expect(index.uploadDocuments([{ id: "a", answer: 1 } as unknown as Training])).rejects.toThrow(refusal(400, "answer"));
    await expect(index.uploadDocuments([{ id: "a", vectors: [1, 2] }])).rejects.toThrow(refusal(400, "expects a length of 3"));
    await expect(index.uploadDocuments([{ id: "a b" }])).rejects.toThrow(refusal(400, "Invalid document key"));
  });
});

describe("a search", () => {
  test("finds by words, by closeness, and by both", async () => {
    const index = await filled();
    expect(await ids(index, "water")).toEqual(["water"]);
    expect(await ids(index, undefined, near([1, 0, 0]))).toEqual(["water", "flood"]);
    expect(await ids(index, "theft police", near([1, 0, 0]))).toEqual(expect.arrayContaining(["theft", "water", "flood"]));
    const [best] = await ids(index, "river", near([1, 0, 0]));
    expect(best).toBe("flood");
  });

  test("of the nearest filters before choosing them, or after when asked to", async () => {
    const index = await filled();
    const filter = "file_path eq 'home.md'";
    const { vectorSearchOptions } = near([1, 0, 0]);
    expect(await ids(index, undefined, { filter, vectorSearchOptions })).toEqual(["water", "theft"]);
    const after = { ...vectorSearchOptions, filterMode: "postFilter" as const };
    expect(await ids(index, undefined, { filter, vectorSearchOptions: after })).toEqual(["water"]);
  });

  test("filters, sorts, selects, cuts and counts", async () => {
    const index = await filled();
    const options = {
      filter: "file_path eq 'home.md'",
      orderBy: ["created_at desc"],
      top: 1,
      includeTotalCount: true,
      select: ["id" as const],
    };
    const found = await index.search("*", options);
    expect(found.count).toBe(2);
    for await (const { document } of found.results) {
      expect(document).toMatchObject({ id: "theft" });
      expect(document).not.toHaveProperty("answer");
    }
    expect(await ids(index, "*", { orderBy: ["created_at"], skip: 1, top: 2 })).toEqual(["theft", "flood"]);
  });

  test("never shows a vector that is hidden", async () => {
    const index = await filled();
    for await (const { document } of (await index.search("water")).results) expect(document).not.toHaveProperty("vectors");
    await expect(ids(index, "*", { select: ["vectors"] as never })).rejects.toThrow(refusal(400));
  });

  test("of many documents goes through all its pages", async () => {
    const index = await filled();
    await index.uploadDocuments(Array.from({ length: 120 }, (_, number) => ({ id: `page-${number}`, answer: "paged" })));
    if (real) await vi.waitUntil(async () => (await index.getDocumentsCount()) === 123, { timeout: 20_000, interval: 500 });
    expect(new Set(await ids(index, "paged")).size).toBe(120);
  });

  test("that the index cannot answer is refused", async () => {
    const index = await filled();
    await expect(ids(index, "*", { filter: "answer eq 'x'" })).rejects.toThrow(refusal(400, "not a filterable field"));
    await expect(ids(index, "*", { filter: "id eq" })).rejects.toThrow(refusal(400, "Invalid expression"));
    await expect(ids(index, "*", { orderBy: ["answer"] })).rejects.toThrow(refusal(400, "sortable"));
    await expect(ids(index, undefined, near([1, 0]))).rejects.toThrow(refusal(400, "3"));
    await expect(ids(client("contract-absent"), "*")).rejects.toThrow(refusal(404));
  });
});

describe("who may do what", () => {
  test.skipIf(real)(
    "a reader searches, and neither writes nor defines (skipped on a real service: needs another identity)",
    async () => {
      const { indexName } = await filled();
      const reader = identity("Search Index Data Reader");
      expect(await ids(client(indexName, reader), "theft")).toEqual(["theft"]);
      await expect(client(indexName, reader).uploadDocuments(documents)).rejects.toThrow(refusal(403));
      await expect(indexes(reader).getIndex(indexName)).rejects.toThrow(refusal(403));
    },
  );

  test.skipIf(real)("who defines does not read (skipped on a real service: needs another identity)", async () => {
    const { indexName } = await filled();
    const definer = identity("Search Service Contributor");
    expect((await indexes(definer).getIndex(indexName)).name).toBe(indexName);
    await expect(ids(client(indexName, definer), "*")).rejects.toThrow(refusal(403));
  });

  test.skipIf(real)(
    "a token for another service is refused (skipped on a real service: needs a token to give away)",
    async () => {
      const { objectId } = world.identity();
      const token = await world.directory.token({ objectId, audience: "https://azconfig.io" });
      const credential: TokenCredential = { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 60_000 }) };
      await expect(ids(client("contract-absent", credential), "*")).rejects.toThrow(refusal(401));
    },
  );

  test("no token, or a key, is refused", async () => {
    const address = `${endpoint}/indexes?api-version=2024-07-01`;
    expect([401, 403]).toContain((await fetch(address)).status);
    expect([401, 403]).toContain((await fetch(address, { headers: { "api-key": "AAAA" } })).status);
  });

  test("an api version that is missing or does not exist is refused", async () => {
    const { token } = (await owner.getToken("https://search.azure.com/.default")) ?? { token: "" };
    for (const query of ["", "?api-version=1999-01-01"])
      expect((await fetch(`${endpoint}/indexes${query}`, { headers: { authorization: `Bearer ${token}` } })).status).toBe(400);
  });
});

describe.skipIf(real)("what only the laptop's service can show (skipped on a real service: it can do these)", () => {
  test("what it cannot do it says", async () => {
    const index = await filled();
    const semantic = { queryType: "semantic" as const, semanticSearchOptions: { configurationName: "any" } };
    await expect(ids(index, "water", semantic)).rejects.toThrow(refusal(501, "semantic ranker"));
    await expect(ids(index, "water", { facets: ["file_path"] })).rejects.toThrow(refusal(501, "facets"));
    await expect(indexes().getServiceStatistics()).rejects.toThrow(refusal(501));
  });

  test("documents outlive the service's process", async () => {
    const before = openSearch("kept");
    const first = await world.start(before);
    await new SearchIndexClient(first.url, owner, noRetry).createIndex(trainings("kept"));
    await new SearchClient<Training>(first.url, "kept", owner, noRetry).uploadDocuments(documents);
    await new SearchClient<Training>(first.url, "kept", owner, noRetry).deleteDocuments("id", ["theft"]);
    before.close();
    const second = await world.start(openSearch("kept"));
    expect(await ids(new SearchClient<Training>(second.url, "kept", owner, noRetry), "*")).toEqual(["water", "flood"]);
  });
});
