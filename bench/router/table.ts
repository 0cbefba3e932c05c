/** Figures as a table for people, and as they are for machines. */
export interface Section {
  readonly title: string;
  /** One object a line of the table, unrounded. */
  readonly figures: readonly object[];
  /** The table and its notes. */
  readonly text: string;
}

export interface Column<Figure> {
  readonly name: string;
  readonly of: (figure: Figure) => string;
  /** Words, which begin where the column does; figures end where it ends. */
  readonly words?: boolean;
}

/** Lines up `figures` under their columns, the first of which is of words. */
export function section<Figure extends object>(
  title: string,
  figures: readonly Figure[],
  columns: readonly Column<Figure>[],
  notes: readonly string[] = [],
): Section {
  const lines = [columns.map(({ name }) => name), ...figures.map((figure) => columns.map((column) => column.of(figure)))];
  const widths = columns.map((_, at) => Math.max(...lines.map((line) => line[at]!.length)));
  const text = lines.map((line) =>
    line
      .map((cell, at) => (at === 0 || columns[at]!.words ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!)))
      .join("  ")
      .trimEnd(),
  );
  return { title, figures, text: [title, "", ...text, ...notes.flatMap((note) => ["", note]), ""].join("\n") };
}

/** What is not a number, or is without bounds, shows as nothing. */
const shown = (value: number | undefined, as: (value: number) => string): string =>
  value === undefined || !Number.isFinite(value) ? "" : as(value);

export const thousandths = (value: number | undefined): string => shown(value, (each) => each.toFixed(3));
export const percent = (share: number | undefined): string => shown(share, (each) => `${(100 * each).toFixed(1)} %`);
export const whole = (value: number | undefined): string => shown(value, (each) => each.toLocaleString("en"));
export const micros = (value: number | undefined): string => shown(value, (each) => `${each.toFixed(1)} us`);
