/** Why the browser lends no microphone, in words; `again` says what to do once the reason is gone. */
export function microphoneFault(error: unknown, again: string): string {
  const name = error instanceof DOMException ? error.name : "";
  if (!window.isSecureContext || !navigator.mediaDevices)
    return "The browser lends its microphone only to pages opened over https: open this one at its https address.";
  if (name === "NotFoundError" || name === "OverconstrainedError") return `No microphone was found: plug one in and ${again}.`;
  if (name === "NotReadableError" || name === "AbortError")
    return `The microphone is held by another program: end the call or recording there and ${again}.`;
  return `The microphone is not available: allow it for this page in the browser's settings and ${again}.`;
}
