import { expect, test } from "vitest";
import { matchRoute, routesOf } from "./routes.ts";

const http = (name: string, route: string, ...methods: string[]) => ({
  name,
  bindings: {},
  trigger: { type: "httpTrigger", direction: "in", route, methods },
});

test("a literal segment wins over a parameter", () => {
  const routes = routesOf([http("one", "call/{id}", "GET"), http("search", "call/search", "GET")], "");
  expect(matchRoute(routes, "GET", "/call/search")).toMatchObject({ name: "search" });
  expect(matchRoute(routes, "GET", "/call/7")).toMatchObject({ name: "one", params: { id: "7" } });
});

test("a catch-all takes the rest of the path, and the prefix counts", () => {
  const routes = routesOf([http("files", "files/{*path}", "GET")], "api");
  expect(matchRoute(routes, "GET", "/api/files/a/b%20c")).toMatchObject({ params: { path: "a/b c" } });
  expect(matchRoute(routes, "GET", "/files/a")).toEqual({ kind: "unknown" });
});

test("what takes any path and method is asked last: for a method that another route does not take, too", () => {
  const everything = http("elsewhere", "{*path}", "GET", "POST", "PUT");
  const routes = routesOf([everything, http("event", "{hub}/{category}/{event}", "POST")], "");
  expect(matchRoute(routes, "POST", "/a/b/c")).toMatchObject({ name: "event" });
  expect(matchRoute(routes, "PUT", "/a/b/c")).toMatchObject({ name: "elsewhere", params: { path: "a/b/c" } });
  expect(matchRoute(routes, "GET", "/")).toMatchObject({ name: "elsewhere" });
});

test("characters that mean something to a pattern are literal in a route", () => {
  const routes = routesOf([http("dot", "a.b", "GET")], "");
  expect(matchRoute(routes, "GET", "/axb")).toEqual({ kind: "unknown" });
});
