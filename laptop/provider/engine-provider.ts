/** The laptop's provider as the real engine calls it, over gRPC: the same realisation, with check, diff, read and delete around it. */
import { isDeepStrictEqual } from "node:util";
import type * as pulumi from "@pulumi/pulumi";
import type { Inputs } from "./arm.ts";
import { isRealisable, type LaptopProvider } from "./provider.ts";

type Provider = pulumi.provider.Provider;

/** Where a resource's own inputs are kept beside its outputs, as azure-native does, so that a later diff compares like with like. */
const inputsKey = "__inputs";

export function engineProvider(provider: LaptopProvider): Provider {
  return {
    // The engine wants at least the versions of the packages it stands for; this one is newer than either.
    version: "6.9.1",
    async check(urn, _olds, news) {
      const type = typeOf(urn);
      if (isRealisable(type)) return { inputs: news };
      return { inputs: news, failures: [{ property: "", reason: `The laptop has no stand-in for ${type}.` }] };
    },
    async diff(_id, _urn, olds, news) {
      return { changes: !isDeepStrictEqual(plain(inputsOf(olds)), plain(news)) };
    },
    async create(urn, inputs) {
      const realised = await provider.create(typeOf(urn), nameOfUrn(urn), inputs);
      return { id: realised.id, outs: { ...realised.outputs, [inputsKey]: inputs } };
    },
    async update(id, urn, olds, news) {
      const before = inputsOf(olds);
      // Labels change nothing that runs.
      if (isDeepStrictEqual(plain({ ...before, tags: undefined }), plain({ ...(news as Inputs), tags: undefined })))
        return { outs: { ...(olds as Inputs), tags: (news as Inputs).tags, [inputsKey]: news } };
      const realised = await provider.update(typeOf(urn), nameOfUrn(urn), id, before, news);
      return { outs: { ...realised.outputs, [inputsKey]: news } };
    },
    async read(id, _urn, props) {
      return { id, props };
    },
    async delete(id, urn, props) {
      await provider.delete(typeOf(urn), id, inputsOf(props));
    },
    async invoke(token) {
      return { outputs: await provider.call(token) };
    },
  };
}

/** What a resource was made from, as its state tells. */
const inputsOf = (state: Inputs): Inputs => (state[inputsKey] ?? state) as Inputs;

/** `urn:pulumi:<stack>::<project>::<parent type>$<type>::<name>`. */
const typeOf = (urn: string): string => urn.split("::")[2]?.split("$").at(-1) ?? "";
const nameOfUrn = (urn: string): string => urn.split("::").slice(3).join("::");

/** What the engine leaves out (undefined) and what a program leaves out are the same. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? {}));
