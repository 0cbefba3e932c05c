/** The dial between cost and quality: each stand says what it promises, for speech and for writing, by the curves that the server sends. */
export type DialSetting = { readonly keep_at_least: number } | { readonly spend_at_most: number };

interface Point {
  readonly quality: number;
  readonly cost: number;
}
/** What the server answers; points run from always cheap to always strong. */
export interface DialAnswer {
  readonly free: boolean;
  readonly at: DialSetting;
  readonly curves: { readonly audio: readonly Point[]; readonly text: readonly Point[] };
}

export interface Dial {
  /** Where the person has turned it since it was shown; undefined while they left it alone. */
  readonly turned: DialSetting | undefined;
  show(answer: DialAnswer): void;
}

export interface DialArgs {
  readonly section: HTMLElement;
  readonly slider: HTMLInputElement;
  /** What the stand promises, in words. */
  readonly promise: HTMLElement;
}

export function dial({ section, slider, promise }: DialArgs): Dial {
  let turned: DialSetting | undefined;
  const percent = (share: number): string => `${Math.round(share * 100)}\u00a0%`;

  /** The promise's own point: least cost that keeps the quality, or best quality that the money buys. */
  function pointOf(points: readonly Point[], setting: DialSetting): Point | undefined {
    if ("keep_at_least" in setting) return points.find(({ quality }) => quality >= setting.keep_at_least) ?? points.at(-1);
    return points.findLast(({ cost }) => cost <= setting.spend_at_most) ?? points[0];
  }

  function words(name: string, points: readonly Point[], setting: DialSetting): string {
    const point = pointOf(points, setting);
    const [cheapest, best] = [points[0], points.at(-1)];
    if (!point || !cheapest || !best) return "";
    const cost = `about ${percent(point.cost)} of its cost`;
    if (point === best) return `${name}: always the strong model.`;
    if (point === cheapest)
      return `${name}: always the cheap model, about ${percent(point.quality)} of the strong model's quality at ${cost}.`;
    return `${name}: keeps about ${percent(point.quality)} of the strong model's quality at ${cost}; cheaper than ${percent(cheapest.cost)} is not possible.`;
  }

  function show({ free, at, curves }: DialAnswer): void {
    turned = undefined;
    const [cheapest, best] = [curves.audio[0], curves.audio.at(-1)];
    section.hidden = !free || !cheapest || !best;
    if (!cheapest || !best) return;
    const keeps = "keep_at_least" in at;
    const settingAt = (value: number): DialSetting => (keeps ? { keep_at_least: value / 100 } : { spend_at_most: value / 100 });
    // Below what the cheap model alone gives or costs there is nothing to choose.
    const least = keeps ? cheapest.quality : Math.min(cheapest.cost, curves.text[0]?.cost ?? 1);
    slider.min = String(Math.floor(least * 100));
    // A customer's ceiling on cost stays one.
    slider.max = keeps ? "100" : String(Math.round(at.spend_at_most * 100));
    slider.value = String(Math.round((keeps ? at.keep_at_least : at.spend_at_most) * 100));
    const tell = (setting: DialSetting): void => {
      const promised = [words("Spoken", curves.audio, setting), words("Written", curves.text, setting)].filter(Boolean);
      const title = keeps
        ? `Keep at least ${slider.value}\u00a0% of the quality`
        : `Spend at most ${slider.value}\u00a0% of the cost`;
      promise.replaceChildren(
        ...[`${title}.`, ...promised].map((each) => {
          const line = document.createElement("p");
          line.textContent = each;
          return line;
        }),
      );
      slider.ariaValueText = [title, ...promised].join(". ");
    };
    tell(at);
    slider.oninput = () => {
      turned = settingAt(Number(slider.value));
      tell(turned);
    };
  }

  return {
    get turned() {
      return turned;
    },
    show,
  };
}
