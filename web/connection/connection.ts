/**
 * What both pages that talk with a model need. A page's script is the text of its functions, and these are handed to it (`scriptOf`), so each
 * uses nothing from outside itself but the browser.
 */

/** What is handed to a page's function. */
export interface ConnectionTools {
  readonly asked: typeof asked;
  readonly opened: typeof opened;
}

/**
 * The answer of our server, or an error in words for the person at the page, with the status as its `cause` when there was one; `again` says
 * what to do when nobody answers.
 */
export async function asked(address: string, init: RequestInit, again: string): Promise<Response> {
  const response = await fetch(address, init).catch(() => {
    throw new Error(`The server does not answer. Check that it runs and that you are online, then ${again}.`);
  });
  if (response.ok) return response;
  if (response.status === 401) throw new Error("Your sign-in has ended. Reload the page to sign in again.", { cause: 401 });
  const problem = (await response.json().catch(() => undefined)) as
    | { error?: { message: string; details: string[] } }
    | undefined;
  throw new Error(
    problem?.error
      ? [problem.error.message, ...problem.error.details].join(" ")
      : `The server answered ${response.status}. Try again.`,
    { cause: response.status },
  );
}

/** Resolves once the data channel is open. Rejects, in words, when browser and `peer` cannot reach each other. */
export function opened(connection: RTCPeerConnection, channel: RTCDataChannel, peer: string): Promise<void> {
  /** A connection that is not up by then is not coming: ICE gives up after some 15 s as well. */
  const openWithinMs = 15_000;
  return new Promise((resolve, reject) => {
    const fail = () =>
      reject(
        new Error(
          `The browser and the ${peer} could not reach each other; a firewall may keep WebRTC (UDP) out. Try again, or another network.`,
        ),
      );
    const timer = setTimeout(fail, openWithinMs);
    channel.onopen = () => {
      clearTimeout(timer);
      resolve();
    };
    connection.onconnectionstatechange = () => {
      if (connection.connectionState === "failed") fail();
    };
  });
}

/** The script of a page: its function's own text, given the tools' own texts. */
export function scriptOf(page: (tools: ConnectionTools) => void): string {
  return `(${page.toString()})({ asked: ${asked.toString()}, opened: ${opened.toString()} });`;
}
