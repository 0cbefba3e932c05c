import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Change, Container, type ContainerSettings } from "./container.ts";
import { type Operation, perform } from "./operation.ts";
import type { PartitionKey } from "./partition-key.ts";

const call: PartitionKey = ['"call-1"'];

function opened(settings: Partial<ContainerSettings> = {}) {
  const kept: (readonly Change[])[] = [];
  const time = { nowMs: 1_000_000 };
  const clock = { nowMs: () => time.nowMs, after: () => () => {} };
  const open = () => {
    const identity = { database: "app", rid: "AAAAAAAAAAA=" };
    return new Container({ name: "calls", partitionKeyPaths: ["/callId"], ...settings }, identity, clock, (changes) => {
      kept.push(changes);
    });
  };
  const container = open();
  const act = (operation: Operation, key = call) =>
    container.transact(key, () => perform(container, key, operation, time.nowMs)).document;
  const create = (id: string, more = {}) => act({ type: "Create", body: { id, callId: "call-1", ...more } });
  return { container, act, create, kept, time, open };
}

describe("expiry", () => {
  test("a document goes when the container's time is over, counted from its last write", () => {
    const { container, act, create, time } = opened({ defaultTtlSeconds: 10 });
    create("a");
    time.nowMs += 9_999;
    act({ type: "Upsert", body: { id: "a", callId: "call-1" } });
    time.nowMs += 9_000;
    expect(container.read(call, "a")).toBeDefined();
    time.nowMs += 1_000;
    expect(container.read(call, "a")).toBeUndefined();
    expect(container.documents()).toEqual([]);
    expect(container.changesAfter(0)).toEqual([]);
  });

  test("a document's own time goes before the container's, and -1 is for ever", () => {
    const { container, create, time } = opened({ defaultTtlSeconds: 10 });
    create("brief", { ttl: 1 });
    create("lasting", { ttl: -1 });
    time.nowMs += 5_000;
    expect(container.documents().map(({ id }) => id)).toEqual(["lasting"]);
    time.nowMs += 1_000_000;
    expect(container.documents().map(({ id }) => id)).toEqual(["lasting"]);
  });

  test("without a time on the container nothing goes", () => {
    const { container, create, time } = opened();
    create("a", { ttl: 1 });
    time.nowMs += 1_000_000;
    expect(container.read(call, "a")).toBeDefined();
  });
});

describe("writing", () => {
  test("what throws half-way leaves everything as it was, and nothing to keep", () => {
    const { container, create, kept } = opened();
    create("a");
    const before = [...container.snapshot()];
    const half = () => {
      container.put(call, { id: "b", callId: "call-1" });
      container.remove(call, "a");
      throw new Error("half-way");
    };
    expect(() => container.transact(call, half)).toThrow("half-way");
    expect([...container.snapshot()]).toEqual(before);
    expect(kept).toHaveLength(1);
  });

  test("of any number of writers that read the same version, one wins", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 20 }), (writers) => {
        const { act, create } = opened();
        const ifMatch = create("a", { turn: 0 })?._etag as string;
        const attempts = Array.from({ length: writers }, (_, turn) => {
          try {
            return act({ type: "Replace", id: "a", ifMatch, body: { id: "a", callId: "call-1", turn } });
          } catch {
            return undefined;
          }
        });
        expect(attempts.filter(Boolean)).toHaveLength(1);
      }),
    );
  });

  test("a document belongs to the partition it says", () => {
    const { act } = opened();
    const stray: Operation = { type: "Create", body: { id: "a", callId: "call-2" } };
    expect(() => act(stray)).toThrow(expect.objectContaining({ status: 400, substatus: 1001 }));
  });

  test.each([
    [{ callId: "call-1" }, 400, "id"],
    [{ id: "a/b", callId: "call-1" }, 400, "illegal character"],
    [{ id: "x".repeat(1_024), callId: "call-1" }, 400, "at most 1023"],
    [{ id: "a", callId: "call-1", ttl: 0 }, 400, "ttl '0'"],
    [{ id: "a", callId: "call-1", content: "é".repeat(1024 * 1024) }, 413, "2 MB"],
  ])("what cannot be stored is refused (%#)", (body, status, message) => {
    const { act } = opened();
    expect(() => act({ type: "Create", body })).toThrow(
      expect.objectContaining({ status, message: expect.stringContaining(message) }),
    );
  });
});

describe("after a restart", () => {
  test("everything is as it was, and the change feed goes on where it stood", () => {
    const steps = fc.array(fc.record({ id: fc.constantFrom("a", "b", "c"), type: fc.constantFrom("Upsert", "Delete") }));
    fc.assert(
      fc.property(steps, (history) => {
        const { container, act, kept, open } = opened();
        for (const { id, type } of history)
          if (type === "Upsert") act({ type, body: { id, callId: "call-1" } });
          else if (container.read(call, id)) act({ type: "Delete", id });
        const again = open();
        for (const change of kept.flat()) again.replay(change);
        expect([...again.snapshot()]).toEqual([...container.snapshot()]);
        expect(again.sequence).toBe(container.sequence);
        again.transact(call, () => again.put(call, { id: "new", callId: "call-1" }));
        expect(again.changesAfter(container.sequence).map(({ document }) => document.id)).toEqual(["new"]);
      }),
    );
  });
});

test("the beginning of a hierarchical key names all partitions under it", () => {
  const { container, act } = opened({ partitionKeyPaths: ["/tenant", "/callId"] });
  for (const [tenant, callId] of [
    ["one", "1"],
    ["one", "2"],
    ["two", "1"],
  ])
    act({ type: "Create", body: { id: "a", tenant, callId } }, [JSON.stringify(tenant), JSON.stringify(callId)]);
  expect(container.documents(['"one"']).map(({ callId }) => callId)).toEqual(["1", "2"]);
  expect(container.documents(['"one"', '"2"'])).toHaveLength(1);
});

test("what was created later is left out of an earlier view, what was changed later is not", () => {
  const { container, act, create } = opened();
  create("a");
  create("b");
  const { sequence } = container;
  create("c");
  act({ type: "Upsert", body: { id: "a", callId: "call-1", turn: 2 } });
  expect(container.documents(call, sequence)).toMatchObject([{ id: "a", turn: 2 }, { id: "b" }]);
});
