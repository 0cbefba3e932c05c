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
  /** The audio of a recording made on `day` or the day after, or undefined while it is not there (it lands minutes after the call). */
  open(recordingId: string, day: Date): Promise<Recording | undefined>;
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
  async function nameOf(recordingId: string, day: Date): Promise<string | undefined> {
    // The service files audio under `<yyyymmdd>/…` with the recording id somewhere in the path.
    for (const date of [day, new Date(day.getTime() + dayMs)]) {
      const prefix = date.toISOString().slice(0, 10).replaceAll("-", "");
      for await (const { name } of container.listBlobsFlat({ prefix }))
        if (name.includes(recordingId) && /\.(wav|mp3)$/.test(name)) return name;
    }
    return undefined;
  }
  return {
    async open(recordingId, day) {
      const name = await nameOf(recordingId, day);
      if (!name) return undefined;
      const { readableStreamBody, contentLength } = await container.getBlobClient(name).download();
      if (!readableStreamBody) return undefined;
      return {
        contentType: name.endsWith(".mp3") ? "audio/mpeg" : "audio/wav",
        bytes: contentLength ?? 0,
        body: Readable.toWeb(Readable.from(readableStreamBody)) as ReadableStream<Uint8Array>,
      };
    },
  };
}
