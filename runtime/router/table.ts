/**
 * Learned numbers as text: one printable character each, 91 levels between minus and plus the head's largest value. Readable by every JSON
 * parser, a byte each as bundled.
 */
export interface Table {
  /** The largest absolute value of each head. */
  readonly scales: readonly number[];
  /** Row by row, a character a head. */
  readonly levels: string;
}

const most = 45;
const firstCode = 35; // after the quotation mark
const backslash = 92;

/** `values` row by row, `heads` of them a row. Values beyond what 99.95 % stay under are cut, so that one outlier does not coarsen the rest. */
export function tableOf(values: Float32Array, heads: number): Table {
  const scales = Array.from({ length: heads }, (_, index) => largest(values, heads, index));
  const codes = Array.from(values, (value, at) => {
    const level = Math.max(-most, Math.min(most, Math.round((value / scales[at % heads]!) * most)));
    const code = firstCode + most + level;
    return String.fromCharCode(code < backslash ? code : code + 1);
  });
  return { scales, levels: codes.join("") };
}

/** @throws Error when the table is not `rows` times its heads long or holds a character that no level has. */
export function valuesOf({ scales, levels }: Table, rows: number): Float32Array {
  const heads = scales.length;
  if (levels.length !== rows * heads)
    throw new Error(
      `The router's weights are damaged: a table of ${rows} rows and ${heads} heads holds ${levels.length} values. Train them again with npm run router:train.`,
    );
  return Float32Array.from({ length: levels.length }, (_, at) => {
    const code = levels.charCodeAt(at);
    const level = code - firstCode - most - (code > backslash ? 1 : 0);
    if (!(Math.abs(level) <= most) || code === backslash)
      throw new Error(
        `The router's weights are damaged: character ${at} of a table is no level. Train them again with npm run router:train.`,
      );
    return (level / most) * scales[at % heads]!;
  });
}

function largest(values: Float32Array, heads: number, head: number): number {
  const sizes = values
    .filter((_, at) => at % heads === head)
    .map(Math.abs)
    .sort();
  const cut = sizes[Math.floor((sizes.length - 1) * 0.9995)] ?? 0;
  return Number((cut || 1).toPrecision(4));
}
