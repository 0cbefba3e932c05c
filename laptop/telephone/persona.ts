/** Who answers at a number: invented, and always the same for the same number and seed. */

export interface Persona {
  readonly name: string;
  readonly policyNumber: string;
  readonly email: string;
  readonly phoneNumber: string;
  /** Days before the call that it happened. */
  readonly daysAgo: number;
  /** Index into the stories of manners.ts, which tell it in each language. */
  readonly story: number;
  readonly street: string;
  readonly town: string;
  /** Indexes into the places and machines of manners.ts, likewise. */
  readonly building: number;
  readonly hardware: number;
}

const firstNames = ["Amara", "Bruno", "Chloé", "Dimitri", "Elena", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Keiko", "Louis"];
const lastNames = [
  "Arnaud",
  "Bauer",
  "Costa",
  "Diallo",
  "Evans",
  "Fischer",
  "Garcia",
  "Haddad",
  "Ito",
  "Jensen",
  "Klein",
  "Lopez",
];
const streets = [
  "Mill Lane",
  "Station Road",
  "rue des Lilas",
  "avenue Foch",
  "Hauptstraße",
  "calle Mayor",
  "Park Avenue",
  "quai Sud",
];
const towns = ["Lyon", "Lille", "Berlin", "Madrid", "Seattle", "Bristol", "Nantes", "Geneva"];
const storyCount = 3;
const buildingCount = 4;
const machineCount = 4;

/** The person behind `number`. */
export function personaOf(number: string, seed = 0): Persona {
  const pick = picker(`${seed}:${number}`);
  const from = <Item>(items: readonly Item[]): Item => items[pick(items.length)]!;
  const first = from(firstNames);
  const last = from(lastNames);
  return {
    name: `${first} ${last}`,
    policyNumber: `${from(["A", "B", "K", "M"])}${10_000_000 + pick(90_000_000)}`,
    email: `${plain(first)}.${plain(last)}@example.com`,
    phoneNumber: number,
    daysAgo: 1 + pick(3),
    story: pick(storyCount),
    street: `${1 + pick(120)} ${from(streets)}`,
    town: from(towns),
    building: pick(buildingCount),
    hardware: pick(machineCount),
  };
}

function plain(name: string): string {
  return name
    .normalize("NFD")
    .replace(/\p{Mark}/gu, "")
    .toLowerCase();
}

/** Numbers below a limit, drawn from a text: FNV-1a for the start, then mulberry32. */
function picker(text: string): (limit: number) => number {
  let state = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) state = Math.imul(state ^ byte, 0x01000193);
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * limit);
  };
}
