import { expect, test } from "vitest";
import { memoryDocuments } from "../../tests/support/memory-documents.ts";
import { keepSession, keepTurn, newSession, openSession, readSession } from "./session.ts";

const now = new Date("2026-11-22T21:30:00Z");

test("a session goes on with all that was said before, or is not there: one that could not be kept whole is made anew", async () => {
  const documents = memoryDocuments();
  await openSession(documents, "session-1", "ada", now);
  for (const [at, content] of ["one", "two", "three"].entries())
    await keepTurn(documents, "session-1", { itemId: content, at: new Date(at), persona: "human", content });
  const continued = newSession("session-2", "ada", now, await readSession(documents, "session-1"));
  const { create } = documents;
  documents.create = (container, partition, document) =>
    document.id === "turn:two" ? Promise.reject(new Error("The database is away.")) : create(container, partition, document);
  await expect(keepSession(documents, continued)).rejects.toThrow("away");
  expect(await readSession(documents, "session-2")).toBeUndefined();
  documents.create = create;
  expect(await keepSession(documents, continued)).toBe(true);
  const kept = await readSession(documents, "session-2");
  expect(kept?.turns.map(({ turn, carried }) => [turn.content, carried])).toEqual([
    ["one", true],
    ["two", true],
    ["three", true],
  ]);
  expect(await keepSession(documents, { ...continued, userId: "bob" })).toBe(false);
});
