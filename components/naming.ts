/**
 * Physical names, from one table: which abbreviation, how long, which characters, and whether the name must be unique in all of Azure.
 *
 * Abbreviations: Cloud Adoption Framework, "Abbreviation recommendations for Azure resources".
 * Lengths and characters: Azure Resource Manager, "Naming rules and restrictions for Azure resources".
 */
import { createHash } from "node:crypto";

export interface NameParts {
  /** Lower case letters and digits, a letter first. */
  readonly prefix: string;
  readonly environment: string;
  /** Keeps two stacks of one environment apart where a name is global. */
  readonly stack: string;
  /** What tells two resources of a type apart: a customer, an app. */
  readonly part?: string;
}

interface Rule {
  readonly abbreviation: string;
  readonly least: number;
  readonly most: number;
  /** `plain`: lower case letters and digits; `hyphens`: also single hyphens inside. */
  readonly characters: "plain" | "hyphens";
  /** Global names end in a hash of prefix, environment, stack and part. */
  readonly scope: "global" | "group";
}

const rule = (abbreviation: string, least: number, most: number, characters: Rule["characters"], scope: Rule["scope"]): Rule => ({
  abbreviation,
  least,
  most,
  characters,
  scope,
});

export const nameRules = {
  "Microsoft.App/containerApps": rule("ca", 2, 32, "hyphens", "group"),
  "Microsoft.App/managedEnvironments": rule("cae", 2, 60, "hyphens", "group"),
  "Microsoft.AppConfiguration/configurationStores": rule("appcs", 5, 50, "hyphens", "global"),
  "Microsoft.Cache/redisEnterprise": rule("amr", 3, 60, "hyphens", "global"),
  "Microsoft.CognitiveServices/accounts": rule("oai", 2, 64, "hyphens", "global"),
  "Microsoft.CognitiveServices/accounts/foundry": rule("aif", 2, 64, "hyphens", "global"),
  "Microsoft.CognitiveServices/accounts/translator": rule("trsl", 2, 64, "hyphens", "global"),
  "Microsoft.Communication/communicationServices": rule("acs", 1, 63, "hyphens", "global"),
  "Microsoft.Communication/emailServices": rule("acse", 1, 63, "hyphens", "global"),
  "Microsoft.Consumption/budgets": rule("budget", 1, 63, "hyphens", "group"),
  "Microsoft.DocumentDB/databaseAccounts": rule("cosmos", 3, 44, "hyphens", "global"),
  "Microsoft.EventGrid/systemTopics": rule("egst", 3, 50, "hyphens", "group"),
  "Microsoft.Insights/actionGroups": rule("ag", 1, 260, "hyphens", "group"),
  "Microsoft.Insights/components": rule("appi", 1, 260, "hyphens", "group"),
  "Microsoft.KeyVault/vaults": rule("kv", 3, 24, "hyphens", "global"),
  "Microsoft.ManagedIdentity/userAssignedIdentities": rule("id", 3, 128, "hyphens", "group"),
  "Microsoft.Network/networkSecurityGroups": rule("nsg", 1, 80, "hyphens", "group"),
  "Microsoft.Network/privateEndpoints": rule("pep", 2, 64, "hyphens", "group"),
  "Microsoft.Network/virtualNetworks": rule("vnet", 2, 64, "hyphens", "group"),
  "Microsoft.OperationalInsights/workspaces": rule("log", 4, 63, "hyphens", "group"),
  "Microsoft.Resources/resourceGroups": rule("rg", 1, 90, "hyphens", "group"),
  "Microsoft.Search/searchServices": rule("srch", 2, 60, "hyphens", "global"),
  "Microsoft.SignalRService/signalR": rule("sigr", 3, 63, "hyphens", "global"),
  "Microsoft.Storage/storageAccounts": rule("st", 3, 24, "plain", "global"),
  "Microsoft.Web/serverFarms": rule("asp", 1, 60, "hyphens", "group"),
  // Functions takes the first 32 characters of the name as the host's id, and two apps on one storage account must differ there.
  "Microsoft.Web/sites/functions": rule("func", 2, 32, "hyphens", "global"),
  "Microsoft.Web/sites": rule("app", 2, 59, "hyphens", "global"),
} as const satisfies Record<string, Rule>;

export type NamedType = keyof typeof nameRules;

const suffixLength = 6;

/**
 * The physical name of a resource: `<abbreviation>-<prefix>[-<part>]-<environment>[-<suffix>]`, without hyphens where none are allowed, the
 * middle shortened where it is too long. The same parts always give the same name. Throws for a type the table does not hold, and for parts
 * that hold no letter or digit.
 */
export function resourceName(type: NamedType, parts: NameParts): string {
  const rule: Rule | undefined = nameRules[type];
  if (!rule)
    throw new Error(`components/naming.ts has no rule for "${type}"; add its abbreviation, length and characters to nameRules.`);
  const words = [parts.prefix, parts.part, parts.environment].filter((word) => word !== undefined).map(cleaned);
  const empty = words.indexOf("");
  if (empty >= 0) throw new Error(`A name for "${type}" needs lower case letters or digits in its prefix, part and environment.`);
  const hyphen = rule.characters === "hyphens" ? "-" : "";
  const middle = words.map((word) => (hyphen ? word : word.replaceAll("-", ""))).join(hyphen);
  const whole = `${rule.abbreviation}${hyphen}${middle}`;
  // A shortened name could be another's; the hash keeps them apart.
  const hashed = rule.scope === "global" || whole.length > rule.most;
  if (!hashed) return whole;
  const tail = `${hyphen}${suffix(parts)}`;
  return whole.slice(0, rule.most - tail.length).replace(/-+$/, "") + tail;
}

const cleaned = (word: string): string =>
  word
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");

/** Lower case letters and digits, a letter first: base 36 of a hash. About one in 1.5 billion pairs meet. */
function suffix({ prefix, environment, stack, part }: NameParts): string {
  const digest = createHash("sha256")
    .update(JSON.stringify([prefix, environment, stack, part ?? ""]))
    .digest();
  const letter = String.fromCharCode(97 + (digest[0]! % 26));
  const number = digest.readUIntBE(1, 6).toString(36).padStart(suffixLength, "0");
  return letter + number.slice(-(suffixLength - 1));
}
