/** Who answers as the model: the stand-in, or with a key in the environment a real one, for which the stand-in then is only the door. */

export interface Upstream {
  /** Ends in `/v1`. */
  readonly baseURL: string;
  readonly apiKey: string;
  /** Deployment name to the upstream's model name; a deployment of the graph that is not named here is added with its own model's name. */
  readonly models: Record<string, string>;
}

export interface ModelChoice {
  readonly upstream?: Upstream;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads `OPENAI_API_KEY`, `OPENAI_BASE_URL` (any compatible server) and `AZURE_OPENAI_ENDPOINT`; `OPENAI_MODELS` maps deployments, e.g.
 * `chat-fast=gpt-4.1-mini,chat-strong=gpt-4.1`. Throws naming every fault.
 */
export function modelChoice(environment: Environment): ModelChoice {
  const {
    OPENAI_API_KEY: apiKey,
    OPENAI_BASE_URL: base,
    AZURE_OPENAI_ENDPOINT: azure,
    OPENAI_MODELS: mapping = "",
  } = environment;
  if (!apiKey && !base && !azure) return {};
  const faults: string[] = [];
  if (base && azure) faults.push("OPENAI_BASE_URL and AZURE_OPENAI_ENDPOINT are both set; keep the one that is meant.");
  if (!apiKey && azure) faults.push("AZURE_OPENAI_ENDPOINT is set without OPENAI_API_KEY; set the key of that resource.");
  const baseURL = azure ? `${azure.replace(/\/+$/, "")}/openai/v1` : (base ?? "https://api.openai.com/v1").replace(/\/+$/, "");
  if (!URL.canParse(baseURL))
    faults.push(`${azure ? "AZURE_OPENAI_ENDPOINT" : "OPENAI_BASE_URL"} is not an address such as https://api.openai.com/v1.`);
  const pairs = mapping
    .split(",")
    .filter(Boolean)
    .map((pair) => pair.split("="));
  if (pairs.some((pair) => pair.length !== 2 || pair.includes("")))
    faults.push("OPENAI_MODELS must read deployment=model,deployment=model.");
  if (faults.length > 0) throw new Error(faults.join("\n"));
  return { upstream: { baseURL, apiKey: apiKey ?? "", models: Object.fromEntries(pairs) } };
}
