/** Redis in a process of its own, so that it can be killed: `node tests/system/redis-process.ts PORT`. */
import { createRedisServer } from "js-redis-server";

await createRedisServer({ databaseCount: 1, port: Number(process.argv[2]) });
process.stdout.write("listening\n");
