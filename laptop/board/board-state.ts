/** What the board shows: made by the laptop's start, drawn by the page. */
import type { OpenNow } from "../service.ts";

export interface BoardState {
  readonly services: readonly {
    readonly service: string;
    readonly name: string;
    readonly address: string;
    /** What it keeps open now, counted by what it is. */
    readonly open?: () => OpenNow;
  }[];
  readonly apps: readonly {
    readonly name: string;
    readonly state: string;
    readonly address: string;
    readonly restarts: number;
    readonly log: string;
  }[];
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly phoneNumber: string;
}

/** A call as the board lists it: never a number, since the board is on screens that others see. */
export interface RecentCall {
  readonly call_id: string;
  readonly created_at: string;
  readonly direction: string;
  readonly status: string;
  readonly summary: string;
}

/** A chat as the board lists it: never a word of it. */
export interface RecentChat {
  readonly session_id: string;
  readonly created_at: string;
  /** Absent while nothing was typed. */
  readonly model?: string;
  readonly turns: number;
  /** US dollars by list price; absent while nothing was metered. */
  readonly cost_usd?: number;
}
