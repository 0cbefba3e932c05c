/**
 * Azure Cosmos DB for NoSQL on a laptop: the REST protocol that `@azure/cosmos` speaks, one partition at a time.
 *
 * It is stricter than it is complete: what it cannot do exactly as Cosmos DB does (queries across partitions, JOIN, GROUP BY, stored
 * procedures) answers 501 and says so.
 */
import type { Clock } from "../clock.ts";
import type { Access } from "../identity/access.ts";
import type { Service } from "../service.ts";
import { Account } from "./account.ts";
import type { ContainerSettings } from "./container.ts";
import { Permission } from "./permission.ts";
import { respond } from "./protocol.ts";

export type { ContainerSettings } from "./container.ts";

export interface CosmosOptions {
  readonly access: Access;
  /** ARM id of the account, which data roles are granted on. */
  readonly accountId: string;
  readonly clock: Clock;
  /** Where documents are kept between starts; without it they are forgotten. */
  readonly folder?: string;
}

export interface CosmosStandIn extends Service {
  /** Makes sure that a database is there, as the graph does. */
  createDatabase(name: string): void;
  removeDatabase(name: string): void;
  /** Makes sure that a container is there with these settings; documents stay. Throws when its partition key would change. */
  createContainer(database: string, settings: ContainerSettings): void;
  removeContainer(database: string, name: string): void;
  /** The next `requests` on documents answer 429, to be tried again 10 ms later. */
  throttle(requests: number): void;
  close(): void;
}

export function createCosmos({ access, accountId, clock, folder }: CosmosOptions): CosmosStandIn {
  const account = new Account(clock, folder);
  let throttledRequests = 0;
  const around = {
    account,
    clock,
    permission: new Permission(access, accountId),
    throttled: () => throttledRequests > 0 && throttledRequests-- > 0,
  };
  return {
    fetch: (request) => respond(request, around),
    createDatabase: (name) => account.createDatabase(name),
    removeDatabase: (name) => account.removeDatabase(name),
    createContainer: (database, settings) => account.createContainer(database, settings),
    removeContainer: (database, name) => account.removeContainer(database, name),
    throttle(requests) {
      throttledRequests = requests;
    },
    close: () => account.close(),
  };
}
