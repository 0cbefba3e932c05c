/** The recordings of a communication resource's calls: begun, paused, ended, and kept where the app wants them. */
import type { Call } from "./call.ts";
import type { CommunicationArgs } from "./communication.ts";
import { beyondLaptop, callNotFound } from "./failures.ts";
import { uuid } from "./identifiers.ts";
import { Recording } from "./recording.ts";
import type { StartRecordingRequest } from "./requests.ts";

interface KeptRecording {
  readonly recording: Recording;
  readonly call: Call;
  readonly request: StartRecordingRequest;
  state: "active" | "inactive";
}

interface RecordingState {
  readonly recordingId: string;
  readonly recordingState: string;
  readonly recordingKind: string;
}

export class Recordings {
  readonly #args: CommunicationArgs;
  /** The live ones. */
  readonly #calls: () => Iterable<Call>;
  /** Those that have not ended. */
  readonly #recordings = new Map<string, KeptRecording>();

  constructor(args: CommunicationArgs, calls: () => Iterable<Call>) {
    this.#args = args;
    this.#calls = calls;
  }

  start(request: StartRecordingRequest): RecordingState {
    if (!this.#args.recordings) throw beyondLaptop("record: no storage for recordings is connected");
    if (request.recordingFormatType !== "wav" || request.recordingContentType !== "audio")
      throw beyondLaptop('record anything but audio in WAV: give recordingContent "audio" and recordingFormat "wav"');
    const { serverCallId } = request.callLocator ?? {};
    const call = [...this.#calls()].find(
      (each) => each.ids.serverCallId === serverCallId || each.ids.callConnectionId === request.callConnectionId,
    );
    if (!call) throw callNotFound();
    const { clock, random } = this.#args;
    const recording = new Recording(uuid(random), request.recordingChannelType, clock.nowMs(), request.pauseOnStart);
    const kept: KeptRecording = { recording, call, request, state: request.pauseOnStart ? "inactive" : "active" };
    this.#recordings.set(recording.id, kept);
    call.recordings.add(recording);
    this.#tell(kept);
    return this.state(recording.id);
  }

  state(recordingId: string): RecordingState {
    const { state } = this.#kept(recordingId);
    return { recordingId, recordingState: state, recordingKind: "azureCommunicationServices" };
  }

  pause(recordingId: string, paused: boolean): void {
    const kept = this.#kept(recordingId);
    kept.recording.paused = paused;
    kept.state = paused ? "inactive" : "active";
    this.#tell(kept);
  }

  stop(recordingId: string): void {
    this.#finish(this.#kept(recordingId), "SessionEnded");
  }

  callEnded(call: Call): void {
    for (const kept of this.#recordings.values()) if (kept.call === call) this.#finish(kept, "SessionEnded");
  }

  #kept(recordingId: string): KeptRecording {
    const kept = this.#recordings.get(recordingId);
    if (!kept) throw callNotFound();
    return kept;
  }

  #tell({ recording, call, request, state }: KeptRecording): void {
    if (!request.recordingStateCallbackUri) return;
    const data = {
      recordingId: recording.id,
      state,
      startDateTime: new Date(recording.startedAtMs).toISOString(),
      recordingKind: "azureCommunicationServices",
    };
    call.emit("RecordingStateChanged", data, {}, request.recordingStateCallbackUri);
  }

  #finish(kept: KeptRecording, endReason: string): void {
    this.#recordings.delete(kept.recording.id);
    kept.state = "inactive";
    kept.call.recordings.delete(kept.recording);
    this.#tell(kept);
    void this.#keep(kept, endReason);
  }

  async #keep({ recording, call, request }: KeptRecording, endReason: string): Promise<void> {
    const day = new Date(recording.startedAtMs).toISOString().slice(0, 10).replaceAll("-", "");
    const name = `${day}/${call.ids.correlationId}/${recording.id}/0-audiowav.wav`;
    const container = request.externalStorage?.recordingDestinationContainerUrl;
    const chunks = await this.#write(name, recording, container).then(
      (contentLocation) => [{ documentId: recording.id, index: 0, endReason, contentLocation }],
      // A recording that could not be kept is reported without a chunk: the app sees that there is nothing to fetch.
      () => [],
    );
    await this.#args.publish({
      type: "Microsoft.Communication.RecordingFileStatusUpdated",
      subject: `/recording/call/${call.ids.serverCallId}/recordingId/${recording.id}`,
      data: {
        recordingStorageInfo: { recordingChunks: chunks },
        recordingStartTime: new Date(recording.startedAtMs).toISOString(),
        recordingDurationMs: Math.round(recording.durationMs),
        recordingContentType: "Audio",
        recordingChannelType: recording.channelType === "mixed" ? "Mixed" : "Unmixed",
        recordingFormatType: "Wav",
        sessionEndReason: endReason,
      },
    });
  }

  async #write(name: string, recording: Recording, containerUrl: string | undefined): Promise<string> {
    const address = await this.#args.recordings?.write(name, recording.file(), containerUrl);
    return typeof address === "string" ? address : name;
  }
}
