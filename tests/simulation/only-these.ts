/** The simulation itself has to be mended. */
export class NoDouble extends Error {}

/** An object of which a simulated call uses only these parts; whoever asks for another one learns its name. */
export function onlyThese<Whole extends object>(parts: Partial<Whole>): Whole {
  return new Proxy(parts, {
    get(target, name) {
      if (name in target) return target[name as keyof Whole];
      if (typeof name === "symbol") return undefined;
      throw new NoDouble(`A simulated call uses "${name}", of which there is no double; make one.`);
    },
  }) as Whole;
}
