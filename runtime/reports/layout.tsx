/** What every page has around it. */
import type { Child, FC } from "hono/jsx";
import { style } from "./style.ts";

interface Layout {
  readonly title: string;
  /** What inline style and script carry to be allowed. */
  readonly nonce: string;
  /** Where the reader is, as the navigation says. */
  readonly here?: "/report" | "/chat" | "/phone";
  /** False on pages for somebody who is not signed in, who has nowhere to go but in. */
  readonly signedIn?: boolean;
  /** Where they may sign in, if they may. */
  readonly signIn?: string;
  readonly children?: Child;
}

export const Layout: FC<Layout> = ({ title, nonce, here, signedIn = true, signIn, children }) => (
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <title>{`${title} · Switchboard`}</title>
      <link rel="icon" href="data:," />
      <style nonce={nonce} dangerouslySetInnerHTML={{ __html: style }} />
    </head>
    <body>
      <a class="skip" href="#main">
        Skip to content
      </a>
      <header>
        <span class="brand">Switchboard</span>
        {signedIn ? <Navigation {...(here ? { here } : {})} /> : null}
        {signIn ? (
          <a class="end" href={signIn}>
            Sign in
          </a>
        ) : null}
      </header>
      <main id="main">{children}</main>
    </body>
  </html>
);

const Navigation: FC<Pick<Layout, "here">> = ({ here }) => (
  <>
    <nav aria-label="Pages">
      <Entry address="/report" name="Calls" {...(here ? { here } : {})} />
      <Entry address="/phone" name="Phone" {...(here ? { here } : {})} />
      <Entry address="/chat" name="Chat" {...(here ? { here } : {})} />
    </nav>
    <form method="post" action="/sign-out">
      <button type="submit">Sign out</button>
    </form>
  </>
);

const Entry: FC<Pick<Layout, "here"> & { readonly address: string; readonly name: string }> = ({ here, address, name }) => (
  <a href={address} aria-current={here === address ? "page" : undefined}>
    {name}
  </a>
);

/**
 * A moment as people read it, with its machine form beside it. Times are UTC, said so: staff sit in several zones. On the day of `near` the
 * time is enough.
 */
export const Moment: FC<{ readonly at: string; readonly near?: string }> = ({ at, near }) => {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return <span>{at}</span>;
  const sameDay = near !== undefined && date.toISOString().slice(0, 10) === near.slice(0, 10);
  const form = sameDay ? ({ timeStyle: "medium" } as const) : ({ dateStyle: "medium", timeStyle: "short" } as const);
  return <time datetime={at}>{`${new Intl.DateTimeFormat("en-GB", { ...form, timeZone: "UTC" }).format(date)} UTC`}</time>;
};

/** `no_answer` as words. */
export const inWords = (name: string): string => name.replaceAll("_", " ");
