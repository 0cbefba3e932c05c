import { expect, test } from "vitest";
import { permission } from "./permission.ts";

const ask = (kind: "blob" | "queue" | "table", method: string, address: string) => {
  const url = new URL(address, "https://account");
  return permission(kind, { method, path: url.pathname.split("/").filter(Boolean), query: url.searchParams });
};

test("sending a message, receiving it and owning its queue are three different permissions", () => {
  expect(ask("queue", "POST", "/calls/messages").roles).toEqual([
    "Storage Queue Data Message Sender",
    "Storage Queue Data Contributor",
  ]);
  expect(ask("queue", "GET", "/calls/messages?numofmessages=1").roles).toContain("Storage Queue Data Message Processor");
  expect(ask("queue", "DELETE", "/calls/messages/1?popreceipt=x").roles).toContain("Storage Queue Data Message Processor");
  expect(ask("queue", "PUT", "/calls/messages/1?popreceipt=x").roles).toEqual(["Storage Queue Data Contributor"]);
  expect(ask("queue", "DELETE", "/calls/messages").roles).toEqual(["Storage Queue Data Contributor"]);
  expect(ask("queue", "PUT", "/calls").roles).toEqual(["Storage Queue Data Contributor"]);
});

test("a role may be granted on one queue, container or table only", () => {
  expect(ask("queue", "POST", "/calls/messages").scope).toBe("/queueServices/default/queues/calls");
  expect(ask("blob", "GET", "/recordings/2026/11/a.wav").scope).toBe("/blobServices/default/containers/recordings");
  expect(ask("table", "GET", "/leases(PartitionKey='a',RowKey='b')").scope).toBe("/tableServices/default/tables/leases");
  expect(ask("table", "DELETE", "/Tables('leases')").scope).toBe("/tableServices/default/tables/leases");
  expect(ask("table", "POST", "/Tables").scope).toBe("");
});

test("reading blobs does not allow writing them, and tags are their owner's", () => {
  expect(ask("blob", "GET", "/recordings/a.wav").roles).toContain("Storage Blob Data Reader");
  expect(ask("blob", "PUT", "/recordings/a.wav").roles).not.toContain("Storage Blob Data Reader");
  expect(ask("blob", "GET", "/recordings/a.wav?comp=tags").roles).toEqual(["Storage Blob Data Owner"]);
});

test("no data role changes the settings of a whole service", () => {
  for (const kind of ["blob", "queue", "table"] as const) {
    expect(ask(kind, "PUT", "/?restype=service&comp=properties").roles).toBe("nobody");
  }
});
