/**
 * The part of the Functions host that the `@azure/functions` library talks to: it asks for a module named `@azure/functions-core`, which on
 * Azure the worker provides. With this one in its place the library's own programming model runs unchanged: registrations, conversions, hooks.
 */
import { randomUUID } from "node:crypto";
import { registerHooks } from "node:module";

/** The worker's wire type for a value: exactly one member is set. */
export interface TypedData {
  readonly string?: string;
  readonly json?: string;
  readonly bytes?: Uint8Array;
  readonly http?: HttpData;
  readonly int?: number;
  readonly double?: number;
}

export interface HttpData {
  readonly method?: string;
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: TypedData;
  readonly statusCode?: string;
  readonly cookies?: readonly Cookie[];
}

export interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly path?: { readonly value?: string };
  readonly domain?: { readonly value?: string };
  readonly maxAge?: { readonly value?: number };
  readonly expires?: { readonly value?: { readonly seconds?: number } };
  readonly httpOnly?: { readonly value?: boolean };
  readonly secure?: { readonly value?: boolean };
  readonly sameSite?: string | number;
}

export interface Binding {
  readonly type: string;
  readonly direction: string;
  readonly route?: string;
  readonly methods?: readonly string[];
  readonly authLevel?: string;
  readonly queueName?: string;
  readonly connection?: string;
  readonly schedule?: string;
  readonly runOnStartup?: boolean;
}

export interface RegisteredFunction {
  readonly name: string;
  readonly bindings: Readonly<Record<string, Binding>>;
  readonly trigger: Binding;
}

interface ProgrammingModel {
  getInvocationModel(context: unknown): {
    getArguments(): Promise<{ context: unknown; inputs: unknown[] }>;
    invokeFunction(context: unknown, inputs: unknown[], handler: unknown): Promise<unknown>;
    getResponse(context: unknown, result: unknown): Promise<{ returnValue?: TypedData | null; outputData?: unknown[] }>;
  };
}

type HookName = "preInvocation" | "postInvocation" | "appStart" | "appTerminate" | "log";
type Hook = (context: Record<string, unknown>) => unknown;

export type Log = (level: string, message: string) => void;

export class FunctionsCore {
  readonly #functions = new Map<string, { readonly registered: RegisteredFunction; readonly handler: unknown }>();
  readonly #hooks = new Map<string, Set<Hook>>();
  readonly #log: Log;
  #model: ProgrammingModel | undefined;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Makes `@azure/functions-core` resolve to this host, for `require` and `import` alike. Call before the app is imported. */
  install(): void {
    const slot = Symbol.for("switchboard.laptop.functions-core");
    Object.assign(globalThis, { [slot]: this.#module() });
    const url = "functions-core:host";
    registerHooks({
      resolve: (specifier, context, next) =>
        specifier === "@azure/functions-core" ? { url, shortCircuit: true, format: "commonjs" } : next(specifier, context),
      load: (address, context, next) =>
        address === url
          ? {
              format: "commonjs",
              source: `module.exports = globalThis[Symbol.for(${JSON.stringify(slot.description)})];`,
              shortCircuit: true,
            }
          : next(address, context),
    });
  }

  functions(): RegisteredFunction[] {
    return [...this.#functions.values()].map((each) => each.registered);
  }

  runHooks(name: HookName, context: Record<string, unknown>): Promise<Record<string, unknown>> {
    return [...(this.#hooks.get(name) ?? [])].reduce(async (before, hook) => {
      await before;
      await hook(context);
      return context;
    }, Promise.resolve(context));
  }

  /** Runs one function; resolves to what it returned, in the worker's wire type. Rejects with what the function threw. */
  async invoke(
    name: string,
    data: TypedData,
    triggerMetadata: Readonly<Record<string, TypedData>> = {},
  ): Promise<TypedData | null | undefined> {
    const found = this.#functions.get(name);
    if (!found || !this.#model) throw new Error(`No function "${name}" is registered.`);
    const { registered, handler } = found;
    const invocationId = randomUUID();
    const triggerName = Object.entries(registered.bindings).find(([, binding]) => binding === registered.trigger)?.[0] ?? "";
    const core = {
      invocationId,
      metadata: { name, bindings: registered.bindings },
      state: undefined as string | undefined,
      request: {
        invocationId,
        functionId: name,
        inputData: [{ name: triggerName, data }],
        triggerMetadata,
        traceContext: { traceParent: "", traceState: "", attributes: {} },
      },
      log: (level: string, _category: string, message: string) => this.#log(level, message),
    };
    const model = this.#model.getInvocationModel(core);
    const { context, inputs } = await model.getArguments();
    const hookData = {};
    const before = await this.runHooks("preInvocation", {
      hookData,
      invocationContext: context,
      functionHandler: handler,
      functionCallback: handler,
      inputs,
    });
    let result: unknown;
    let error: unknown;
    core.state = "invocation";
    try {
      result = await model.invokeFunction(context, before.inputs as unknown[], before.functionCallback);
    } catch (thrown) {
      error = thrown;
    }
    core.state = "postInvocationHooks";
    const after = await this.runHooks("postInvocation", {
      hookData,
      invocationContext: context,
      inputs: before.inputs,
      result,
      error,
    });
    if (after.error) throw after.error;
    return (await model.getResponse(context, after.result)).returnValue;
  }

  #module() {
    return {
      version: "4.1040.0",
      hostVersion: "4.1040.0",
      setProgrammingModel: (model: ProgrammingModel) => {
        this.#model = model;
      },
      getProgrammingModel: () => this.#model,
      registerFunction: (metadata: { name: string; bindings: Record<string, Binding> }, handler: unknown) =>
        this.#register(metadata, handler),
      registerHook: (name: string, hook: Hook) => {
        const hooks = this.#hooks.get(name) ?? new Set();
        this.#hooks.set(name, hooks.add(hook));
        return { dispose: () => hooks.delete(hook) };
      },
      log: (level: string, _category: string, message: string) => this.#log(level, message),
    };
  }

  #register({ name, bindings }: { name: string; bindings: Record<string, Binding> }, handler: unknown) {
    if (this.#functions.has(name)) throw new Error(`Two functions are named "${name}"; names are unique in an app.`);
    const trigger = Object.values(bindings).find((binding) => /trigger$/i.test(binding.type));
    if (!trigger) throw new Error(`Function "${name}" has no trigger.`);
    const foreign = Object.values(bindings).find((binding) => binding !== trigger && binding.type.toLowerCase() !== "http");
    if (foreign || !/^(http|queue|timer)trigger$/i.test(trigger.type))
      throw new Error(
        `Function "${name}" uses the binding "${(foreign ?? trigger).type}", which this host does not have; it has HTTP, queue and timer triggers.`,
      );
    this.#functions.set(name, { registered: { name, bindings, trigger }, handler });
    return { dispose: () => this.#functions.delete(name) };
  }
}
