/**
 * One ggwave modem: bytes to sound and back. Each has its own WebAssembly memory, because ggwave keeps results in static buffers and
 * allows four instances a module, while any number of calls may listen at once.
 */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import factory, { type Modem, type Parameters } from "ggwave";
import { voiceRate } from "./sound.ts";

/** Samples ggwave wants at a time. */
export const blockSamples = 1_024;

/** Of 100; ggwave's tone then peaks at a quarter of full scale, well above what turn detection takes for silence. */
const volume = 25;

/**
 * "Audible fastest" at a base rate of 24 kHz: tones from 0.9 to 3.2 kHz, inside a telephone's 0.3 to 3.4 kHz, about 16 bytes a second
 * between two markers of 0.7 s, which is near the pace of speech.
 */
const protocolName = "GGWAVE_PROTOCOL_AUDIBLE_FASTEST";

/** Compiles ggwave once; the returned function makes a modem at once, without waiting. */
export async function loadModem(): Promise<() => OpenModem> {
  // The package embeds its WebAssembly as base64 and offers no other way to compile it once for many modems.
  const source = await readFile(createRequire(import.meta.url).resolve("ggwave"), "utf8");
  const binary = /application\/octet-stream;base64,([A-Za-z0-9+/=]+)/.exec(source)?.[1];
  if (!binary) throw new Error("The installed ggwave carries no WebAssembly; install the version that package.json names.");
  const compiled = await WebAssembly.compile(Buffer.from(binary, "base64"));
  return () => new OpenModem(compiled);
}

export class OpenModem {
  readonly #modem: Modem;
  readonly #parameters: Parameters;
  #instance: number;

  constructor(compiled: WebAssembly.Module) {
    this.#modem = instantiate(compiled);
    const parameters = this.#modem.getDefaultParameters();
    parameters.sampleRate = parameters.sampleRateInp = parameters.sampleRateOut = voiceRate;
    parameters.sampleFormatInp = parameters.sampleFormatOut = this.#modem.SampleFormat.GGWAVE_SAMPLE_FORMAT_I16;
    for (const protocol of Object.values(this.#modem.ProtocolId.values))
      this.#modem.rxToggleProtocol(protocol, protocol === this.#protocol ? 1 : 0);
    this.#parameters = parameters;
    this.#instance = this.#modem.init(parameters);
  }

  get #protocol(): unknown {
    return this.#modem.ProtocolId[protocolName];
  }

  /** At most 140 bytes. */
  encode(payload: Uint8Array): Int16Array {
    const bytes = this.#modem.encode(this.#instance, payload, this.#protocol, volume);
    return new Int16Array(bytes.slice().buffer);
  }

  /** Exactly `blockSamples` samples; the payload that ended in them, if one did. */
  decode(block: Int16Array): Uint8Array | undefined {
    const payload = this.#modem.decode(this.#instance, new Int8Array(block.buffer, block.byteOffset, block.byteLength));
    return payload.length > 0 ? new Uint8Array(payload) : undefined;
  }

  /** Forgets a burst that was begun and never ended; ggwave itself would wait for its longest payload. */
  reset(): void {
    this.#modem.free(this.#instance);
    this.#instance = this.#modem.init(this.#parameters);
  }
}

function instantiate(compiled: WebAssembly.Module): Modem {
  const silent = () => {};
  const options = {
    print: silent,
    printErr: silent,
    instantiateWasm(imports: WebAssembly.Imports, receive: (instance: WebAssembly.Instance) => void) {
      const instance = new WebAssembly.Instance(compiled, imports);
      receive(instance);
      return instance.exports;
    },
  };
  const handlers = ["uncaughtException", "unhandledRejection"] as const;
  const before = handlers.map((name) => process.rawListeners(name));
  void factory(options);
  // ggwave hooks the process's fatal errors on every start, which is not a library's business.
  for (const [at, name] of handlers.entries())
    for (const listener of process.rawListeners(name))
      if (!before[at]?.includes(listener)) process.removeListener(name, listener as (...parts: unknown[]) => void);
  // With a synchronous `instantiateWasm` the options object is the ready module when the factory returns.
  return options as unknown as Modem;
}
