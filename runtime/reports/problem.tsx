/** What went wrong, for somebody who came with a browser. */
import type { FC } from "hono/jsx";
import { Layout } from "./layout.tsx";

export const ProblemPage: FC<{ readonly message: string; readonly details: readonly string[]; readonly nonce: string }> = ({
  message,
  details,
  nonce,
}) => (
  <Layout title="Not possible" nonce={nonce}>
    <h1>{message}</h1>
    {details.map((each) => (
      <p>{each}</p>
    ))}
    <p>
      <a href="/report">To the calls</a>
    </p>
  </Layout>
);
