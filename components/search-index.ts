import * as pulumi from "@pulumi/pulumi";
import { bearer, untilAccepted } from "./deployer-request.ts";

export interface SearchIndexArgs {
  /** The service's endpoint, `https://…`. */
  readonly endpoint: pulumi.Input<string>;
  /** 2 to 128 lower-case letters, digits and hyphens. */
  readonly indexName: string;
  /** Numbers in a vector, as the embedding model gives them. */
  readonly dimensions: number;
}

/**
 * The knowledge index, of call-center-ai's documented schema. Indexes are data plane, which azure-native does not reach
 * (pulumi/pulumi-azure-native#2034), so the program makes it with the deployer's own token; documents stay when it is updated.
 */
export class SearchIndex extends pulumi.dynamic.Resource {
  constructor(name: string, args: SearchIndexArgs, opts?: pulumi.CustomResourceOptions) {
    super(searchIndexProvider, name, args, opts, "switchboard", "SearchIndex");
  }
}

interface Facts {
  readonly endpoint: string;
  readonly indexName: string;
  readonly dimensions: number;
}

export const searchIndexProvider: pulumi.dynamic.ResourceProvider<Facts, Facts> = {
  async create(inputs) {
    await define(inputs);
    return { id: address(inputs), outs: inputs };
  },

  async read(id, props) {
    if (!props) return { id };
    const answer = await indexRequest("GET", props);
    return answer.status === 404 ? {} : { id, props };
  },

  async diff(_id, olds, news) {
    const changed = (["endpoint", "indexName", "dimensions"] as const).filter((name) => olds[name] !== news[name]);
    // The length of a vector is fixed when its field is made.
    return { changes: changed.length > 0, replaces: changed, deleteBeforeReplace: changed.includes("dimensions") };
  },

  async delete(_id, props) {
    // With the service gone, its index is too.
    await indexRequest("DELETE", props).catch(() => undefined);
  },
};

async function define(facts: Facts): Promise<void> {
  const text = (name: string) => ({ name, type: "Edm.String", searchable: true, retrievable: true });
  const definition = {
    name: facts.indexName,
    fields: [
      { name: "id", type: "Edm.String", key: true, filterable: true },
      text("question"),
      text("answer"),
      text("context"),
      text("document_synthesis"),
      { name: "file_path", type: "Edm.String", filterable: true, searchable: false },
      { name: "created_at", type: "Edm.DateTimeOffset", filterable: true, sortable: true },
      {
        name: "vectors",
        type: "Collection(Edm.Single)",
        searchable: true,
        retrievable: false,
        dimensions: facts.dimensions,
        vectorSearchProfile: "meaning",
      },
    ],
    vectorSearch: {
      algorithms: [{ name: "graph", kind: "hnsw", hnswParameters: { metric: "cosine" } }],
      profiles: [{ name: "meaning", algorithm: "graph" }],
    },
  };
  // 403 while the deployer's role spreads.
  await untilAccepted(address(facts), () => indexRequest("PUT", facts, definition), [401, 403, 408, 429]);
}

function address({ endpoint, indexName }: Facts): string {
  return `${endpoint.replace(/\/$/, "")}/indexes('${indexName}')?api-version=2025-09-01`;
}

async function indexRequest(method: "PUT" | "GET" | "DELETE", facts: Facts, definition?: unknown): Promise<Response> {
  return fetch(address(facts), {
    method,
    headers: {
      authorization: await bearer("https://search.azure.com/.default"),
      ...(definition ? { "content-type": "application/json", prefer: "return=minimal" } : {}),
    },
    ...(definition ? { body: JSON.stringify(definition) } : {}),
  });
}
