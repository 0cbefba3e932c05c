/** What the network says of a call's line beside the conversation: who is on it, and whether its sound flows. Kept beside the record. */

export interface Line {
  /** The newest list of who is on the line: its number in the network's own count, and whether somebody joined the caller. */
  readonly roster?: { readonly sequence: number; readonly accompanied: boolean };
  /** There while the sound is lost. */
  readonly loss?: Loss;
  /** The last reports of a loss that was or is being mended: one that is delivered again is no new loss. */
  readonly answered?: readonly string[];
}

/** More losses than this within the time in which a report may be delivered again end the call. */
const reportsKept = 10;

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

/** The sound flows; one that was given up stays so. Before it is asked for, that can only be told of what flowed before this loss. */
export function flowing(line: Line): Line {
  const { loss: lost, answered = [] } = line;
  if (!lost || lost.state === "given up" || (lost.state === "mending" && !answered.includes(lost.report))) return line;
  const { loss: _, ...rest } = line;
  return rest;
}

/** The line with what is being done about its loss. */
export function withLoss(line: Line, loss: Loss): Line {
  return loss.state === "asked" ? answering({ ...line, loss }, loss.report) : { ...line, loss };
}

function answering(line: Line, report: string): Line {
  const others = (line.answered ?? []).filter((each) => each !== report);
  return { ...line, answered: [...others, report].slice(-reportsKept) };
}

/**
 * The line with its loss in the hands of whoever asks for it, or with the same loss object when there is nothing to do for them: the report
 * was acted on already, somebody else is at it, or it was given up. Without a report (the sweeper asks) only what is overdue is taken.
 */
export function takeLoss(line: Line, report: string | undefined, nowMs: number, leaseMs: number): Line {
  const until = new Date(nowMs + leaseMs).toISOString();
  const { loss, answered = [] } = line;
  if (report !== undefined && report !== loss?.report && answered.includes(report)) return line;
  if (!loss) return report === undefined ? line : { ...line, loss: { report, failures: 0, state: "mending", until } };
  const overdue = Date.parse(loss.until) <= nowMs;
  if (loss.state === "given up") return line;
  if (loss.state === "mending") {
    if (overdue) return { ...line, loss: { ...loss, until } };
    return report === undefined || report === loss.report ? line : answering(line, report);
  }
  const again = report === undefined ? overdue : report !== loss.report;
  return again
    ? { ...line, loss: { report: report ?? loss.report, failures: loss.failures + 1, state: "mending", until } }
    : line;
}
