/** What every page has around it. */
import type { Child, FC } from "hono/jsx";
import { style } from "./style.ts";

interface Layout {
  readonly title: string;
  /** What inline style and script carry to be allowed. */
  readonly nonce: string;
  readonly children?: Child;
}

export const Layout: FC<Layout> = ({ title, nonce, children }) => (
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <title>{title}</title>
      <link rel="icon" href="data:," />
      <style nonce={nonce} dangerouslySetInnerHTML={{ __html: style }} />
    </head>
    <body>
      <a class="skip" href="#main">
        Skip to content
      </a>
      <header>
        <nav aria-label="Pages">
          <a href="/report">Calls</a> <a href="/chat">Chat</a>
        </nav>
        <form method="post" action="/sign-out">
          <button type="submit">Sign out</button>
        </form>
      </header>
      <main id="main">{children}</main>
    </body>
  </html>
);

/** A moment as people read it, with its machine form beside it. Times are UTC, said so: staff sit in several zones. */
export const Moment: FC<{ readonly at: string }> = ({ at }) => {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return <span>{at}</span>;
  return (
    <time
      datetime={at}
    >{`${new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" }).format(date)} UTC`}</time>
  );
};

/** `no_answer` as words. */
export const inWords = (name: string): string => name.replaceAll("_", " ");
