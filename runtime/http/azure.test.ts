import { HttpRequest } from "@azure/functions";
import { expect, test } from "vitest";
import { azure } from "./azure.ts";

test("method, address, headers and body arrive as they were sent", async () => {
  const handler = azure(async (request) =>
    Response.json({
      method: request.method,
      url: request.url,
      type: request.headers.get("content-type"),
      body: await request.text(),
    }),
  );
  const request = new HttpRequest({
    method: "POST",
    url: "https://app.example/call?limit=1",
    headers: { "content-type": "application/sdp" },
    body: { string: "v=0\r\né" },
  });
  const { body, status } = await handler(request);
  expect(status).toBe(200);
  expect(JSON.parse(new TextDecoder().decode(body as Uint8Array))).toEqual({
    method: "POST",
    url: "https://app.example/call?limit=1",
    type: "application/sdp",
    body: "v=0\r\né",
  });
});

test("several cookies leave as several cookies, with what they allow", async () => {
  const headers = new Headers([
    ["set-cookie", "__Host-session=a.b=; Max-Age=60; Path=/; HttpOnly; Secure; SameSite=Lax"],
    ["set-cookie", "sign-in=; Max-Age=0; Path=/"],
    ["location", "/report"],
  ]);
  const answer = await azure(() => new Response(null, { status: 302, headers }))(
    new HttpRequest({ method: "GET", url: "https://app.example/" }),
  );
  expect(answer).toEqual({
    status: 302,
    headers: { location: "/report" },
    cookies: [
      { name: "__Host-session", value: "a.b=", maxAge: 60, path: "/", httpOnly: true, secure: true, sameSite: "Lax" },
      { name: "sign-in", value: "", maxAge: 0, path: "/" },
    ],
  });
});
