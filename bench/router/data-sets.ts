/** The main table: every router on every data set, on their mean, and on all decisions together. */
import { always, chance, isApart, type Judged, meanOf, pooled, type Ranked, rank } from "./ranked.ts";
import { published } from "./rivals.ts";
import { type Case, everyTurn, firstTurn, type TestSet } from "./sets.ts";
import { type Column, percent, type Section, section, thousandths, whole } from "./table.ts";

const columns: readonly Column<Ranked>[] = [
  { name: "router", of: ({ router }) => router },
  { name: "decisions", of: ({ decisions }) => whole(decisions || undefined) },
  { name: "APGR", of: ({ apgr }) => thousandths(apgr) },
  { name: "95 % of draws", of: ({ low, high }) => (low === undefined ? "" : `${thousandths(low)}-${thousandths(high)}`) },
  { name: "exact", of: ({ exact }) => thousandths(exact) },
  { name: "CPT50", of: ({ cpt50 }) => percent(cpt50) },
  { name: "CPT80", of: ({ cpt80 }) => percent(cpt80) },
  { name: "strong@95", of: ({ share95 }) => percent(share95) },
  { name: "text@90", of: ({ text90 }) => percent(text90) },
  { name: "text@95", of: ({ text95 }) => percent(text95) },
  { name: "voice@90", of: ({ voice90 }) => percent(voice90) },
  { name: "voice@95", of: ({ voice95 }) => percent(voice95) },
  { name: "sent", of: ({ sent }) => percent(sent) },
  { name: "kept", of: ({ kept }) => percent(kept) },
];

const words = [
  "APGR: average performance gap recovered, by RouteLLM's eleven points (random 0.5); exact: by every decision. CPT50, CPT80: share of calls to the",
  "strong model that recovers 50 and 80 % of the gap. strong@95: share sent to it at 95 % of its quality. text@90, voice@95 and so on: cost against",
  "always asking it, at 90 and 95 % of its quality, at the pair's text or voice prices. sent, kept: share sent to the strong model and share of its",
  "quality kept where the router's own rule stands; the learned router's is the default dial. The router as shipped is measured on MT-Bench and on the",
  "questions that its training kept out; the one fitted without a data set, on all of it.",
].join("\n");
/** What the columns of the tables of data sets mean. */
export const legend: Section = { title: "Legend", figures: [], text: `${words}\n` };

/** Every set's table; then, when there are several sets, the pool and their mean. MT-Bench counts once there, turn by turn. */
export function dataSets(
  sets: readonly TestSet[],
  all: readonly Judged[],
  seed: number,
): { ranked: Ranked[]; pools: Ranked[]; sections: Section[] } {
  const judged = all.filter(({ cases }) => cases.length > 0);
  const ranked = judged.map((each) => rank(each, seed));
  const sections = sets.map((set) =>
    table(
      set.name,
      describe(set.cases),
      set.cases,
      ranked.filter((each) => each.set === set.name),
      seed,
    ),
  );
  const overall = sets.filter(({ name }) => name !== firstTurn);
  if (overall.length < 2) return { ranked, pools: [], sections };
  const everywhere = [...new Set(judged.map(({ router }) => router))]
    .map((name) => judged.filter(({ set, router }) => router === name && set !== firstTurn))
    .filter((each) => each.length === overall.length);
  const pools = everywhere.map((each) => rank(pooled(each), seed));
  const everything = pooled(
    overall.map(({ name, cases }) => ({ set: name, router: "", cases, scores: new Float64Array(cases.length) })),
  );
  const apart = overall.filter(({ cases }) => isApart(cases)).map(({ name }) => name);
  const means = everywhere.map((each) =>
    meanOf(
      each
        .filter(({ set }) => apart.includes(set))
        .map(({ set, router }) => ranked.find((one) => one.set === set && one.router === router)!),
    ),
  );
  const close = overall.filter(({ name }) => !apart.includes(name)).map(({ name }) => name);
  const note = `Left out, because the two models score so alike that chance alone could part them (less than three standard errors): ${close.join(", ")}.`;
  return {
    ranked,
    pools,
    sections: [
      ...sections,
      table("All decisions together", `${overall.length} data sets`, everything.cases, pools, seed),
      ...(apart.length === 0
        ? []
        : [
            section(
              `Mean of the data sets: ${apart.length}, each counting the same`,
              means,
              columns,
              close.length === 0 ? [] : [note],
            ),
          ]),
    ],
  };
}

function table(name: string, about: string, cases: readonly Case[], ranked: readonly Ranked[], seed: number): Section {
  const figures = [
    ...ranked,
    chance(name, cases, seed),
    always(name, cases, "cheap"),
    always(name, cases, "strong"),
    ...publishedFor(name),
  ];
  return section(`${name}: ${about}`, figures, columns);
}

function describe(cases: readonly Case[]): string {
  const { weak_model: weak, strong_model: strong } = cases[0]!.rows[0];
  const rows = cases.flatMap((each) => each.rows);
  const mean = (of: "weak_score" | "strong_score") => rows.reduce((sum, row) => sum + row[of], 0) / rows.length;
  return `${weak} ${thousandths(mean("weak_score"))}, ${strong} ${thousandths(mean("strong_score"))}`;
}

/** RouteLLM's own routers decide MT-Bench by its first turn, so that they stand nowhere else. */
function publishedFor(name: string): Ranked[] {
  return published.flatMap(({ router, figures }) => {
    const found = Object.entries(figures).find(([set]) => set === name)?.[1];
    if (!found) return [];
    const [cpt50, cpt80, apgr] = found;
    return [
      {
        set: name,
        router: `published: ${router}`,
        decisions: 0,
        apgr,
        exact: Number.NaN,
        cpt50: cpt50 / 100,
        cpt80: cpt80 / 100,
      },
    ];
  });
}

export const isMtBench = (set: string): boolean => set === firstTurn || set === everyTurn;
