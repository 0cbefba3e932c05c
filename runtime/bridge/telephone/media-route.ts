/** A way for a phone's sound into the bridge by WebSocket: each carrier that streams to us has one, and `BridgeApp` serves them all alike. */
import type { IncomingHttpHeaders } from "node:http";
import type { WebSocket } from "ws";
import type { Call } from "../../calls/call.ts";
import type { Telephone } from "./telephone.ts";

export interface MediaRoute {
  /** Matches the paths of its upgrade requests; the group `callId` names the call. */
  readonly path: RegExp;
  /**
   * Who may open the sound of a call, decided before the upgrade. Throws `MediaRefusal`, and nothing has happened then. `refuseUnlessRoom`
   * throws it too, for a bridge that has no room; it is asked before anything is used up, so that the same socket may go elsewhere.
   */
  admit(request: MediaRequest, refuseUnlessRoom: (resumed: boolean) => void): Promise<Admission>;
  /** For a carrier that proves the rest in its first messages: read from the open socket; throws `MediaRefusal`, which closes it with 1008. */
  prove?(admission: Admission, socket: WebSocket): Promise<Admission>;
  /** The phone of an admitted call, before its first socket. */
  telephone(admission: Admission): SocketTelephone;
}

export interface MediaRequest {
  readonly callId: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
}

export interface Admission {
  readonly call: Call;
  /** The call's sound was open before: it goes on here. */
  readonly resumed: boolean;
  /** Names this opening of the call's sound among others, such as its token's digest. */
  readonly opening: string;
  /** The carrier's id of the call, when the request brings it. */
  readonly connectionId?: string;
}

/** A phone that outlives its socket. */
export interface SocketTelephone extends Telephone {
  /** Goes on with this socket; false when the call is over for this phone. */
  attach(socket: WebSocket, admission: Admission): boolean;
}

export class MediaRefusal extends Error {
  readonly status: 401 | 403 | 404 | 409 | 429 | 503;
  constructor(status: MediaRefusal["status"], message: string) {
    super(message);
    this.name = "MediaRefusal";
    this.status = status;
  }
}
