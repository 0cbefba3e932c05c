/** Who is connected to which hub and in which groups: state only, sockets are behind `Connection`. */

export interface Connection {
  readonly id: string;
  /** Lower case. */
  readonly hub: string;
  readonly userId: string | undefined;
  /** Hands over one hub message. */
  send(message: Readonly<Record<string, unknown>>): void;
  /** Says goodbye with `reason`, if any, and hangs up. */
  close(reason?: string): void;
}

export interface Selection {
  readonly hub: string;
  readonly connectionId?: string;
  readonly userId?: string;
  readonly group?: string;
  /** Connection ids left out. */
  readonly excluded?: readonly string[];
}

interface Membership {
  readonly untilMs: number;
  /** Asked for without a limit: the service keeps these for a year, and the newest hundred of a user. */
  readonly isLasting: boolean;
}

/** Source: learn.microsoft.com/azure/azure-signalr/swagger, "Add a user to the target group", `ttl`. */
const lastingMs = 365 * 24 * 3_600_000;
const mostLasting = 100;

export class Hubs {
  readonly #connections = new Map<string, Connection>();
  /** Connection id to groups joined by connection. */
  readonly #byConnection = new Map<string, Set<string>>();
  /** `hub`, `user` to groups, the newest last: such a membership belongs to the user, so it outlives connections. */
  readonly #byUser = new Map<string, Map<string, Membership>>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  add(connection: Connection): void {
    this.#connections.set(connection.id, connection);
  }

  remove(id: string): void {
    this.#connections.delete(id);
    this.#byConnection.delete(id);
  }

  get size(): number {
    return this.#connections.size;
  }

  select({ hub, connectionId, userId, group, excluded = [] }: Selection): Connection[] {
    return [...this.#connections.values()].filter(
      (each) =>
        each.hub === hub &&
        !excluded.includes(each.id) &&
        (connectionId === undefined || each.id === connectionId) &&
        (userId === undefined || each.userId === userId) &&
        (group === undefined || this.#isIn(each, group)),
    );
  }

  joinConnection(id: string, group: string): void {
    const groups = this.#byConnection.get(id) ?? new Set();
    this.#byConnection.set(id, groups.add(group));
  }

  leaveConnection(id: string, group?: string): void {
    if (group === undefined) this.#byConnection.delete(id);
    else this.#byConnection.get(id)?.delete(group);
  }

  /** All connections of the user, present and future, for `ttlMs`; with 0 those of now alone. */
  joinUser(hub: string, userId: string, group: string, ttlMs?: number): void {
    if (ttlMs === 0) {
      for (const { id } of this.select({ hub, userId })) this.joinConnection(id, group);
      return;
    }
    const groups = this.#current(hub, userId);
    groups.delete(group);
    groups.set(group, { untilMs: this.#nowMs() + (ttlMs ?? lastingMs), isLasting: ttlMs === undefined });
    const lasting = [...groups].filter(([, each]) => each.isLasting);
    for (const [oldest] of lasting.slice(0, Math.max(0, lasting.length - mostLasting))) groups.delete(oldest);
    this.#byUser.set(key(hub, userId), groups);
  }

  /** Memberships of users that have not ended. */
  get membershipCount(): number {
    const nowMs = this.#nowMs();
    return [...this.#byUser.values()].flatMap((groups) => [...groups.values()]).filter((each) => each.untilMs > nowMs).length;
  }

  #current(hub: string, userId: string): Map<string, Membership> {
    const nowMs = this.#nowMs();
    return new Map([...(this.#byUser.get(key(hub, userId)) ?? [])].filter(([, each]) => each.untilMs > nowMs));
  }

  /** Also takes the user's connections out of the group, or out of all of them. */
  leaveUser(hub: string, userId: string, group?: string): void {
    if (group === undefined) this.#byUser.delete(key(hub, userId));
    else this.#byUser.get(key(hub, userId))?.delete(group);
    for (const { id } of this.select({ hub, userId })) this.leaveConnection(id, group);
  }

  isUserIn(hub: string, userId: string, group: string): boolean {
    return (this.#byUser.get(key(hub, userId))?.get(group)?.untilMs ?? 0) > this.#nowMs();
  }

  #isIn({ id, hub, userId }: Connection, group: string): boolean {
    return this.#byConnection.get(id)?.has(group) === true || (userId !== undefined && this.isUserIn(hub, userId, group));
  }
}

const key = (hub: string, userId: string): string => JSON.stringify([hub, userId]);
