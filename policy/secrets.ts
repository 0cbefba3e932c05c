/** Does a value give access to whoever reads it? */

export interface Leaf {
  /** Dotted path of the value. */
  readonly path: string;
  readonly value: string;
}

/** Every text inside a value, with its place. An app setting `{name, value}` counts as a property of that name. */
export function texts(value: unknown, path = ""): Leaf[] {
  if (typeof value === "string") return [{ path, value }];
  if (typeof value !== "object" || value === null) return [];
  const { name, value: setting } = value as { name?: unknown; value?: unknown };
  if (typeof name === "string" && typeof setting === "string") return [{ path: `${path}.${name}`, value: setting }];
  return Object.entries(value).flatMap(([step, inner]) => texts(inner, path ? `${path}.${step}` : step));
}

/** The parts of a connection string or signed address that are the secret itself. */
const secretText =
  /\b(AccountKey|AccessKey|SharedAccessKey|SharedAccessSignature|Password|Pwd)\s*=\s*[^;\s]|[?&]sig=[^&\s]|-----BEGIN [A-Z ]*PRIVATE KEY/i;
const secretName =
  /((primary|secondary|account|admin|query|api|shared|access|master|function|host)_?key|connection_?string|password|client_?secret|sas_?(token|url|uri))$/i;
/** It says where telemetry goes; who may send it there is a role, since local authentication is off. */
const telemetryAddress = /^InstrumentationKey=[\w-]*(;|$)/;
/** The keyless form says in itself that it holds no key. */
const keyless = /;AuthType=azure\.msi\b/i;

/** Why this value is a secret, or undefined when it is none. */
export function secret({ path, value }: Leaf): string | undefined {
  if (secretText.test(value)) return "holds a key or a signature";
  if (value && secretName.test(path) && !telemetryAddress.test(value) && !keyless.test(value)) return "is named as a secret";
  return undefined;
}
