/**
 * What both pages that talk with a model need. A page's script is the text of its functions, and these are handed to it (`scriptOf`), so each
 * uses nothing from outside itself but the browser.
 */

import { microphoneFault } from "./microphone-fault.ts";

/** What is handed to a page's function. */
export interface ConnectionTools {
  readonly asked: typeof asked;
  readonly microphoneFault: typeof microphoneFault;
  readonly opened: typeof opened;
}

/** That our server refused, and when it may be asked again: the `cause` of what `asked` rejects with. */
export interface Refusal {
  readonly status: number;
  /** Which of several refusals of this status, where it has a name. */
  readonly code?: string;
  readonly retryAfterMs?: number;
}

/**
 * The answer of our server, or an error in words for the person at the page, with the `Refusal` as its `cause` when there was one; `again`
 * says what to do when nobody answers.
 */
export async function asked(address: string, init: RequestInit, again: string): Promise<Response> {
  const response = await fetch(address, init).catch(() => {
    throw new Error(`The server does not answer. Check that you are online, then ${again}.`);
  });
  if (response.ok) return response;
  const { status, headers } = response;
  const seconds = Number(headers.get("retry-after"));
  const problem = (await response.json().catch(() => undefined)) as
    | { error?: { code?: string; message: string; details: string[] } }
    | undefined;
  const code = problem?.error?.code;
  const cause: Refusal = { status, ...(code ? { code } : {}), ...(seconds > 0 ? { retryAfterMs: seconds * 1_000 } : {}) };
  if (status === 401) throw new Error("Your sign-in has ended. Reload the page to sign in again.", { cause });
  const words = problem?.error && [problem.error.message, ...problem.error.details].join(" ");
  throw new Error(words ?? `The server answered ${status}. Try again.`, { cause });
}

/**
 * Resolves once the data channel is open. Rejects, in words, when browser and `peer` cannot reach each other: at once where the browser has no
 * way out at all, as where an organisation's rules keep it from using UDP.
 */
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
    const gathered = () => {
      if (connection.iceGatheringState !== "complete" || connection.localDescription?.sdp.includes("a=candidate:")) return;
      clearTimeout(timer);
      fail();
    };
    connection.onicegatheringstatechange = gathered;
    gathered();
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
  const tools: ConnectionTools = { asked, microphoneFault, opened };
  const texts = Object.entries(tools).map(([name, tool]) => `${name}: ${String(tool)}`);
  return `(${page.toString()})({ ${texts.join(", ")} });`;
}
