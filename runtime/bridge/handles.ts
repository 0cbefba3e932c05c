/** What of this process is open, for whoever watches over it: what only grows is never let go of. */

export function handles(): { readonly timers: number; readonly sockets: number; readonly memoryBytes: number } {
  const open = process.getActiveResourcesInfo();
  const count = (...kinds: readonly string[]): number => open.filter((each) => kinds.includes(each)).length;
  return { timers: count("Timeout"), sockets: count("TCPSocketWrap", "TLSWrap"), memoryBytes: process.memoryUsage.rss() };
}
