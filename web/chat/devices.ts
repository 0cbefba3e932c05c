/** Which microphone and which loudspeaker: lists that follow what is plugged in. Browsers name devices once the microphone is allowed. */
export interface DeviceArgs {
  readonly microphones: HTMLSelectElement;
  readonly loudspeakers: HTMLSelectElement;
  readonly player: HTMLAudioElement;
  readonly changed: (microphone: string) => void;
  readonly fault: (words: string) => void;
}

export interface Devices {
  /** The microphone chosen; empty for the system's own. */
  readonly microphone: string;
  /** Reads the lists anew. */
  refresh(): Promise<void>;
}

export function devices({ microphones, loudspeakers, player, changed, fault }: DeviceArgs): Devices {
  const sinks = "setSinkId" in HTMLMediaElement.prototype;

  function fill(select: HTMLSelectElement, found: readonly MediaDeviceInfo[], use: boolean): void {
    const before = select.value;
    // The system's own stands first, under no id; browsers also list it as "default" and "communications".
    const named = found.filter(({ deviceId, label }) => label && !["", "default", "communications"].includes(deviceId));
    select.replaceChildren(
      new Option("The system's own", ""),
      ...named.map(({ label, deviceId }) => new Option(label, deviceId)),
    );
    select.value = named.some(({ deviceId }) => deviceId === before) ? before : "";
    const row = select.closest("label");
    if (row) row.hidden = !use || named.length === 0;
  }

  async function refresh(): Promise<void> {
    const found = await navigator.mediaDevices.enumerateDevices();
    const of = (kind: MediaDeviceKind) => found.filter((each) => each.kind === kind);
    fill(microphones, of("audioinput"), true);
    fill(loudspeakers, of("audiooutput"), sinks);
  }

  microphones.onchange = () => changed(microphones.value);
  loudspeakers.onchange = () => {
    player.setSinkId(loudspeakers.value).catch(() => {
      loudspeakers.value = "";
      fault("That loudspeaker cannot be used: choose another, or look whether it is switched on.");
    });
  };
  // Without https there are no devices to list, and the microphone says so.
  navigator.mediaDevices?.addEventListener("devicechange", () => void refresh());
  return {
    get microphone() {
      return microphones.value;
    },
    refresh,
  };
}
