/** Whoever carries calls between the telephone network and the bridge, as far as calls as a whole are concerned. */

export interface Carrier {
  /**
   * Rings `to` (E.164), showing `from`; returns the carrier's own id of the call. `nonce` opens the call's media socket once. Throws
   * `NotDiallable` before anybody is rung.
   */
  dial(request: { readonly to: string; readonly from: string; readonly callId: string; readonly nonce: string }): Promise<string>;
  /** Ends the call for everyone; one that is already gone is fine. */
  hangUp(connectionId: string): Promise<void>;
  /**
   * Hands the caller over to `to` (E.164), blind. Throws `NotDiallable`; what becomes of it is told by the carrier's callbacks, under our own
   * `callId`.
   */
  transfer(connectionId: string, to: string, callId: string): Promise<void>;
  /** Whether the carrier still has the call. */
  state(connectionId: string): Promise<"connected" | "gone">;
}
