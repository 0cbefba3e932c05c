/** The service's end of a WebRTC call: opus to and from the session's 24 kHz, and the data channel its events travel on. */
import { MediaStreamTrack, RTCPeerConnection, RtpHeader, RtpPacket, useOPUS } from "werift";
import type { Clock } from "../../clock.ts";
import { opusFrameMs as frameMs, opusFrameSamples as frameSamples, openOpus, opusRate } from "../../voice/opus.ts";
import { bytesFromPcm, pcmFromBytes, resample, voiceRate } from "../../voice/sound.ts";
import type { Speaker } from "./responses.ts";
import type { RealtimeSession } from "./session.ts";

/** What `webrtcfilter=on` lets through (Azure docs, "Use the GPT Realtime API via WebRTC", 2026-01-29). */
const filtered = new Set([
  "input_audio_buffer.speech_started",
  "input_audio_buffer.speech_stopped",
  "output_audio_buffer.started",
  "output_audio_buffer.stopped",
  "conversation.item.input_audio_transcription.completed",
  "conversation.item.added",
  "conversation.item.created",
  "response.output_text.delta",
  "response.output_text.done",
  "response.output_audio_transcript.delta",
  "response.output_audio_transcript.done",
]);

/** Functions stay the server's, their items as well. */
const isShown = ({ type, item }: Readonly<Record<string, unknown>>): boolean =>
  filtered.has(String(type)) && !/^function_call/.test(String((item as { type?: unknown } | undefined)?.type));

export interface PeerParts {
  readonly session: RealtimeSession;
  readonly clock: Clock;
  readonly offer: string;
  readonly filter: boolean;
  /** 32 random bits: the stream's id. */
  readonly streamId: number;
}

export interface Peer {
  readonly answer: string;
  close(): Promise<void>;
}

/** Answers an offer; throws when the SDP offers no audio. The session ends with the connection. */
export async function answerOffer({ session, clock, offer, filter, streamId }: PeerParts): Promise<Peer> {
  const connection = new RTCPeerConnection({
    codecs: { audio: [useOPUS()] },
    // Without one, werift asks a default STUN server, which is somebody else's; nothing listens at this one, and nothing waits for it.
    iceServers: [{ urls: "stun:127.0.0.1:9" }],
    iceStunGatherTimeout: 0.001,
    // The browser runs on this machine: loopback is the one address that is there without a network as well.
    iceAdditionalHostAddresses: ["127.0.0.1"],
  });
  const decoder = openOpus();
  const track = new MediaStreamTrack({ kind: "audio" });
  const player = new Player(session, clock, track, streamId);
  let open = true;
  const close = async () => {
    if (!open) return;
    open = false;
    player.close();
    decoder.delete();
    await connection.close();
  };
  connection.onTrack.subscribe((received) =>
    received.onReceiveRtp.subscribe(({ payload }) => {
      if (open && payload.length > 0) session.hear(resample(pcmFromBytes(decoder.decode(payload)), opusRate, voiceRate));
    }),
  );
  connection.onDataChannel.subscribe((channel) => {
    const listener = {
      send: (event: Record<string, unknown>) => {
        if (open && channel.readyState === "open" && (!filter || isShown(event))) channel.send(JSON.stringify(event));
      },
      close: () => void close(),
    };
    const join = () => session.attach(listener);
    if (channel.readyState === "open") join();
    channel.stateChanged.subscribe((state) => {
      if (state === "open") join();
      // A browser that closes its connection says so here at once; without that, checks of the path would fail half a minute later.
      if (state === "closed") session.close();
    });
    channel.onMessage.subscribe((message) => session.receive(message.toString()));
  });
  connection.connectionStateChange.subscribe((state) => {
    // Nothing is played to a browser that cannot hear it yet.
    if (state === "connected") player.start();
    if (state === "failed" || state === "closed" || state === "disconnected") session.close();
  });
  await connection.setRemoteDescription({ type: "offer", sdp: offer });
  const transceiver = connection.getTransceivers().find(({ kind }) => kind === "audio");
  if (!transceiver) {
    await close();
    throw new Error("the offer has no audio");
  }
  transceiver.setDirection("sendrecv");
  await transceiver.sender.replaceTrack(track);
  await connection.setLocalDescription(await connection.createAnswer());
  session.lendSpeaker(player);
  return { answer: connection.localDescription?.sdp ?? "", close };
}

/** Sends a packet every 20 ms, silence when there is nothing to say, as the service does. */
class Player implements Speaker {
  readonly #session: RealtimeSession;
  readonly #clock: Clock;
  readonly #track: MediaStreamTrack;
  readonly #encoder = openOpus();
  readonly #silence: Buffer;
  readonly #streamId: number;
  #queue: Int16Array[] = [];
  #sequence = 0;
  #timestamp = 0;
  #nextMs = 0;
  #closed = false;
  #stop: (() => void) | undefined;

  constructor(session: RealtimeSession, clock: Clock, track: MediaStreamTrack, streamId: number) {
    this.#session = session;
    this.#clock = clock;
    this.#track = track;
    this.#streamId = streamId;
    this.#encoder.setBitrate(64_000);
    this.#silence = Buffer.from(this.#encoder.encode(Buffer.alloc(frameSamples * 2), frameSamples));
  }

  play(pcm: Int16Array): void {
    this.#queue.push(resample(pcm, voiceRate, opusRate));
  }

  clear(): void {
    this.#queue = [];
  }

  start(): void {
    if (this.#stop || this.#closed) return;
    this.#nextMs = this.#clock.nowMs();
    this.#tick();
  }

  close(): void {
    this.#closed = true;
    this.#stop?.();
    this.#encoder.delete();
  }

  #tick(): void {
    const nowMs = this.#clock.nowMs();
    // After a pause of the process the lost time stays lost; catching up would only be a burst.
    if (nowMs - this.#nextMs > 10 * frameMs) this.#nextMs = nowMs;
    // What is played may end the call.
    for (; this.#nextMs <= nowMs && !this.#closed; this.#nextMs += frameMs) this.#send();
    if (this.#closed) return;
    this.#stop = this.#clock.after(Math.max(1, this.#nextMs - nowMs), () => this.#tick());
  }

  #send(): void {
    const frame = this.#nextFrame();
    const payload = frame ? Buffer.from(this.#encoder.encode(bytesFromPcm(frame), frameSamples)) : this.#silence;
    this.#sequence = (this.#sequence + 1) & 0xffff;
    this.#timestamp = (this.#timestamp + frameSamples) >>> 0;
    const header = new RtpHeader({
      version: 2,
      payloadType: 111,
      sequenceNumber: this.#sequence,
      timestamp: this.#timestamp,
      ssrc: this.#streamId,
      marker: false,
    });
    this.#track.writeRtp(new RtpPacket(header, payload));
    if (frame) this.#session.played(frameMs);
  }

  #nextFrame(): Int16Array | undefined {
    if (this.#queue.length === 0) return undefined;
    const frame = new Int16Array(frameSamples);
    let filled = 0;
    while (filled < frameSamples) {
      const [first] = this.#queue;
      if (!first) break;
      const taken = first.subarray(0, frameSamples - filled);
      frame.set(taken, filled);
      filled += taken.length;
      if (taken.length === first.length) this.#queue.shift();
      else this.#queue[0] = first.subarray(taken.length);
    }
    return frame;
  }
}
