/** What rules look at: a stack's resources as the engine sees them, whoever evaluated the program. */
export interface GraphResource {
  /** Pulumi type token, e.g. `azure-native:storage:StorageAccount`. */
  readonly type: string;
  /** Logical name. */
  readonly name: string;
  readonly urn: string;
  /** ARM id, where it is known. */
  readonly id?: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
  /** Whether the engine refuses to delete it. */
  readonly protect?: boolean;
  /** URNs of what must exist before. */
  readonly dependencies?: readonly string[];
}

/** One resource that breaks a rule, and how. */
export interface Violation {
  readonly rule: string;
  /** Logical name of the resource, or the token of a provider function. */
  readonly name: string;
  readonly message: string;
}

export interface Rule {
  readonly id: string;
  /** What holds, in a sentence. */
  readonly title: string;
  /** What would go wrong without it. */
  readonly why: string;
  /** `invokes`: tokens of the provider functions the program called. */
  check(resources: readonly GraphResource[], invokes?: readonly string[]): Violation[];
}

/** The value at a dotted path of a resource's inputs, or undefined. */
export function inputAt(resource: GraphResource, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>((value, step) => (value as Record<string, unknown> | null | undefined)?.[step], resource.inputs);
}
