/** What the network says of a call's line beside the conversation: who is on it, and whether its sound flows. Kept beside the record. */

export interface Line {
  /** The newest list of who is on the line: its number in the network's own count, and whether somebody joined the caller. */
  readonly roster?: { readonly sequence: number; readonly accompanied: boolean };
  /** There while the sound is lost. */
  readonly loss?: Loss;
}

export interface Loss {
  /** The report that was acted on last. */
  readonly report: string;
  /** Attempts in a row that came to nothing. */
  readonly failures: number;
  /** `mending`: somebody is at it; `asked`: the network was asked to open the sound again; `given up`: the caller is told goodbye. */
  readonly state: "mending" | "asked" | "given up";
  /** ISO 8601: whoever is at it, or was asked, should be done by then. */
  readonly until: string;
}

/** Who was on the line by list number `sequence`; a list older than one already seen counts for nothing. */
export function withRoster(line: Line, sequence: number, accompanied: boolean): Line {
  return line.roster && sequence <= line.roster.sequence ? line : { ...line, roster: { sequence, accompanied } };
}

/** The sound flows; one that was given up stays so. */
export function flowing(line: Line): Line {
  if (!line.loss || line.loss.state === "given up") return line;
  const { loss: _, ...rest } = line;
  return rest;
}

/**
 * The line in the hands of whoever asks for it, or the same object when there is nothing to do for them: the report was acted on already,
 * somebody else is at it, or it was given up. Without a report (the sweeper asks) only what is overdue is taken.
 */
export function takeLoss(line: Line, report: string | undefined, nowMs: number, leaseMs: number): Line {
  const until = new Date(nowMs + leaseMs).toISOString();
  const { loss } = line;
  if (!loss) return report === undefined ? line : { ...line, loss: { report, failures: 0, state: "mending", until } };
  const overdue = Date.parse(loss.until) <= nowMs;
  if (loss.state === "given up") return line;
  if (loss.state === "mending") return overdue ? { ...line, loss: { ...loss, until } } : line;
  const again = report === undefined ? overdue : report !== loss.report;
  return again
    ? { ...line, loss: { report: report ?? loss.report, failures: loss.failures + 1, state: "mending", until } }
    : line;
}
