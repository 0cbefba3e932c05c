/** Recordings as Call Automation leaves them in the app's own container. */
import { Readable } from "node:stream";
import type { TokenCredential } from "@azure/identity";
import { ContainerClient } from "@azure/storage-blob";

export interface Recording {
  readonly contentType: string;
  readonly bytes: number;
  readonly body: ReadableStream<Uint8Array>;
}

export interface Recordings {
  /** The audio of a recording made on `day` or a day before or after it, or undefined while it is not there (it lands minutes after the call). */
  open(recordingId: string, day: Date): Promise<Recording | undefined>;
  /** Deletes every file of a recording made on `day` or a day before or after it; false while there is none. */
  remove(recordingId: string, day: Date): Promise<boolean>;
}

const dayMs = 86_400_000;

export function openRecordings(
  settings: { BLOB_ENDPOINT: string; RECORDINGS_CONTAINER: string },
  credential: TokenCredential,
): Recordings {
  const container = new ContainerClient(
    `${settings.BLOB_ENDPOINT.replace(/\/$/, "")}/${settings.RECORDINGS_CONTAINER}`,
    credential,
  );
  /** The service files audio, and what it notes about it, under `<yyyymmdd>/…` with the recording id somewhere in the path. */
  async function* namesOf(recordingId: string, day: Date): AsyncGenerator<string> {
    // A call goes on past midnight, and its second claim may begin there.
    for (const days of [0, 1, -1]) {
      const date = new Date(day.getTime() + days * dayMs);
      const prefix = date.toISOString().slice(0, 10).replaceAll("-", "");
      for await (const { name } of container.listBlobsFlat({ prefix })) if (name.includes(recordingId)) yield name;
    }
  }
  async function audioOf(recordingId: string, day: Date): Promise<string | undefined> {
    for await (const name of namesOf(recordingId, day)) if (isAudio(name)) return name;
    return undefined;
  }
  return {
    async open(recordingId, day) {
      const name = await audioOf(recordingId, day);
      if (!name) return undefined;
      const { readableStreamBody, contentLength } = await container.getBlobClient(name).download();
      if (!readableStreamBody) return undefined;
      return {
        contentType: name.endsWith(".mp3") ? "audio/mpeg" : "audio/wav",
        bytes: contentLength ?? 0,
        body: Readable.toWeb(Readable.from(readableStreamBody)) as ReadableStream<Uint8Array>,
      };
    },
    async remove(recordingId, day) {
      let heard = false;
      for await (const name of namesOf(recordingId, day)) {
        await container.getBlobClient(name).deleteIfExists({ deleteSnapshots: "include" });
        heard ||= isAudio(name);
      }
      return heard;
    },
  };
}

const isAudio = (name: string): boolean => /\.(wav|mp3)$/.test(name);
