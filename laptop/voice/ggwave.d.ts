/** The part of ggwave 0.4.0 (data over sound, WebAssembly) the voice uses; the package carries no types. */
declare module "ggwave" {
  export interface Parameters {
    sampleRateInp: number;
    sampleRateOut: number;
    sampleRate: number;
    sampleFormatInp: unknown;
    sampleFormatOut: unknown;
    operatingMode: number;
  }
  export interface Modem {
    readonly SampleFormat: { readonly GGWAVE_SAMPLE_FORMAT_I16: unknown };
    readonly ProtocolId: Readonly<Record<string, unknown>> & { readonly values: Readonly<Record<string, unknown>> };
    readonly GGWAVE_OPERATING_MODE_RX: number;
    readonly GGWAVE_OPERATING_MODE_TX: number;
    getDefaultParameters(): Parameters;
    init(parameters: Parameters): number;
    free(instance: number): void;
    rxToggleProtocol(protocol: unknown, enabled: number): void;
    encode(instance: number, payload: Uint8Array, protocol: unknown, volume: number): Int8Array;
    decode(instance: number, waveform: Int8Array): Int8Array;
  }
  export default function factory(module: {
    print(line: string): void;
    printErr(line: string): void;
    instantiateWasm(imports: WebAssembly.Imports, receive: (instance: WebAssembly.Instance) => void): WebAssembly.Exports;
  }): Promise<Modem>;
}
