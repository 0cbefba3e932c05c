/** The page after signing out, for somebody whom no other page of ours knows any more. */
import type { Context } from "hono";
import { Layout } from "../reports/layout.tsx";
import { page } from "./page.ts";

export function signedOut(context: Context, nonce: string): Promise<Response> {
  return page(
    context,
    nonce,
    <Layout title="Signed out" nonce={nonce} signedIn={false}>
      <h1>Signed out</h1>
      <p>
        <a href="/sign-in">Sign in again</a>
      </p>
    </Layout>,
  );
}
