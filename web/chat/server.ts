/** Our server as the page asks it: with the cookie of whoever is signed in, or as a visitor. */
import type { ConnectionTools, Refusal } from "../connection/connection.ts";

export interface Server {
  /** Rejects in words; `cause` is the `Refusal` when there was an answer. */
  request(address: string, init?: RequestInit): Promise<Response>;
  post(address: string, type: string, body: string): Promise<Response>;
}

export interface ServerArgs extends Pick<ConnectionTools, "asked"> {
  /** Nobody is signed in: the server lets a visitor in first, by a cookie that no script sees. */
  readonly visitor: boolean;
}

export function serverOf({ asked, visitor }: ServerArgs): Server {
  let visit: Promise<unknown> | undefined;

  function enter(): Promise<unknown> {
    visit = asked("/api/chat/visitors", { method: "POST" }, "reload the page").catch((error: unknown) => {
      visit = undefined;
      throw error;
    });
    return visit;
  }

  async function request(address: string, init: RequestInit = {}): Promise<Response> {
    const ask = () => asked(address, init, "send the message again");
    if (!visitor) return ask();
    await (visit ?? enter());
    return ask().catch(async (error: Error) => {
      if ((error.cause as Partial<Refusal> | undefined)?.status !== 401) throw error;
      // A visit lasts some hours.
      await enter();
      return ask();
    });
  }

  return {
    request,
    post: (address, type, body) => request(address, { method: "POST", headers: { "content-type": type }, body }),
  };
}
