/** Call Automation: what it does when it is asked, and what it reports by callback. */
import type { CallAddresses, CallAutomation } from "../../runtime/services/call-automation.ts";
import type { Bridges } from "./bridges.ts";
import { CallLine, type Report } from "./call-line.ts";
import type { FunctionsApp } from "./functions-app.ts";
import { refusal, type SimulatedProcess } from "./simulated-process.ts";
import type { World } from "./world.ts";

/** Requests for sound that flows. */
const mostNeedless = 2;
const mostUnsure = 3;

export class Network {
  readonly lines: readonly CallLine[];
  readonly #world: World;
  #functions: FunctionsApp | undefined;
  #bridges: Bridges | undefined;

  constructor(world: World) {
    this.#world = world;
    const { random, plan } = world;
    this.lines = Array.from(
      { length: plan.lines },
      (_, at) => new CallLine(world, this, at + 1, random.chance(plan.outbound) ? "outbound" : "inbound"),
    );
  }

  /** The apps at the two ends of it. */
  join(functions: FunctionsApp, bridges: Bridges): void {
    this.#functions = functions;
    this.#bridges = bridges;
  }

  get bridges(): Bridges {
    if (!this.#bridges) throw new Error("The network has no bridges yet.");
    return this.#bridges;
  }

  lineOf(callId: string): CallLine | undefined {
    return this.lines.find((each) => each.callId === callId);
  }

  /** Tells the functions app, late, twice, or out of order. */
  report(line: CallLine, { kind, code = 200, subCode = 0, ...data }: Report): void {
    const { random, plan, scheduler } = this.#world;
    const { callId, connectionId } = line;
    if (!callId || !connectionId) return;
    const event = {
      id: this.#world.id("event"),
      specversion: "1.0",
      type: `Microsoft.Communication.${kind}`,
      time: new Date(scheduler.nowMs).toISOString(),
      data: { callConnectionId: connectionId, resultInformation: { code, subCode }, ...data },
    };
    const deliver = (withinMs: number) =>
      this.#world.at(random.between(1, withinMs), () => this.#functions?.callback(callId, event));
    if (!this.#world.trouble(plan.callbackLost)) deliver(plan.callbackMs);
    // An answer that was lost has the report delivered again, long after.
    if (this.#world.trouble(plan.callbackTwice)) deliver(random.pick([plan.callbackMs, 10_000]));
  }

  /** Call Automation as a process reaches it. */
  for(process: SimulatedProcess): CallAutomation {
    const ask = <Answer>(perform: () => Answer): Promise<Answer> =>
      process.ask(perform, this.#world.service(this.#world.plan.automationFails));
    const begin = <Answer>(perform: (unsure: boolean) => Answer, answerLost = 0): Promise<Answer> => {
      const way = this.#world.service(this.#world.plan.automationFails);
      const remote = this.#world.trouble(answerLost) ? { ...way, fate: "failed after" as const } : way;
      return process.ask(() => perform(remote.fate === "failed after"), remote);
    };
    const nothing = () => ask(() => undefined);
    return {
      createCall: (request) => begin((unsure) => this.#dial(request.to, request, unsure)),
      answer: (request) => begin((unsure) => this.#answer(request.incomingCallContext, request, unsure)),
      hangUp: (id) => ask(() => this.#line(id)?.end()),
      state: (id) => ask(() => (this.#line(id) ? "connected" : "gone")),
      streams: (id) => ask(() => this.#known(id).streaming === "on"),
      transfer: (id) => ask(() => this.#transfer(this.#known(id))),
      hold: (id) => ask(() => this.#hold(this.#known(id))),
      unhold: (id) => ask(() => void this.#known(id)),
      invite: (id, to) => ask(() => this.#invite(this.#known(id), to)),
      dismiss: (id, to) => ask(() => this.#dismiss(this.#line(id), to)),
      play: (id, _text, _speaker, context) => ask(() => this.#play(this.#known(id), context)),
      startMediaStreaming: (id) => begin((unsure) => this.#stream(this.#known(id), unsure), this.#world.plan.answerLost),
      startRecording: () => ask(() => "recording"),
      pauseRecording: nothing,
      resumeRecording: nothing,
      stopRecording: nothing,
    };
  }

  #line(connectionId: string): CallLine | undefined {
    return this.lines.find((each) => each.connectionId === connectionId && each.state !== "over");
  }

  #known(connectionId: string): CallLine {
    const line = this.#line(connectionId);
    if (!line) throw refusal(404);
    return line;
  }

  #addressed(line: CallLine, { callbackUrl, mediaUrl }: CallAddresses, unsure: boolean): string {
    line.unsure = unsure;
    line.callId = callbackUrl.split("/").at(-1);
    line.mediaUrl = mediaUrl;
    line.connectionId = this.#world.id("connection");
    return line.connectionId;
  }

  #answer(context: string, addresses: CallAddresses, unsure: boolean): string {
    const line = this.lines.find((each) => each.context === context);
    if (!line || line.state === "over") throw refusal(404);
    if (++line.answers > 1) {
      this.#world.judge.broken("a call is answered once", `${line.name} is answered ${line.answers} times`);
      throw refusal(400);
    }
    const connectionId = this.#addressed(line, addresses, unsure);
    line.connect();
    return connectionId;
  }

  #dial(to: string, addresses: CallAddresses, unsure: boolean): string {
    const line = this.lines.find((each) => each.number === to);
    if (!line) throw refusal(400);
    if (++line.dials > 1) this.#world.judge.broken("a call is dialled once", `${line.name} is rung ${line.dials} times`);
    const { random } = this.#world;
    const connectionId = this.#addressed(line, addresses, unsure);
    line.state = "ringing";
    const outcome = random.pick(["taken", "taken", "taken", "taken", "busy", "never"]);
    this.#world.at(random.between(200, 6_000), () => {
      if (line.state !== "ringing") return;
      if (outcome === "taken") line.connect();
      if (outcome === "busy") line.end({ kind: "CreateCallFailed", code: 486, subCode: 560_486 });
    });
    return connectionId;
  }

  #transfer(line: CallLine): void {
    const { random } = this.#world;
    if (this.#world.trouble(0.2)) throw refusal(400);
    this.#world.at(random.between(100, 8_000), () => {
      if (line.state !== "connected") return;
      if (random.chance(0.5)) return line.report({ kind: "CallTransferFailed", code: 486 });
      this.#world.saw("a caller is handed over");
      line.report({ kind: "CallTransferAccepted" });
      line.end();
    });
  }

  #hold(line: CallLine): void {
    if (this.#world.trouble(0.1)) throw refusal(400);
    line.handset.silence();
    if (this.#world.trouble(0.1)) line.report({ kind: "HoldFailed", code: 400 });
  }

  #invite(line: CallLine, to: string): string {
    const { random } = this.#world;
    if (this.#world.trouble(0.1)) throw refusal(400);
    this.#world.at(random.between(200, 10_000), () => {
      if (line.state !== "connected") return;
      if (random.chance(0.3)) return line.report({ kind: "AddParticipantFailed", code: 486 });
      this.#world.saw("a colleague joins a caller on hold");
      line.colleague = to;
      line.report({ kind: "AddParticipantSucceeded" });
      line.reportRoster();
      this.#colleague(line, to);
    });
    return this.#world.id("invitation");
  }

  /** Takes the call, declines, says nothing, or leaves. */
  #colleague(line: CallLine, to: string): void {
    const { random } = this.#world;
    const there = () => line.state === "connected" && line.colleague === to;
    this.#world.at(random.between(500, 6_000), () => there() && random.chance(0.8) && line.presses(random.pick(["1", "1", "2"])));
    this.#world.at(random.between(1_000, 20_000), () => there() && this.#dismiss(line, to));
  }

  #dismiss(line: CallLine | undefined, to: string): void {
    if (line?.colleague !== to) return;
    line.colleague = undefined;
    if (this.#world.random.chance(0.5)) line.report({ kind: "RemoveParticipantSucceeded" });
    line.reportRoster();
  }

  #play(line: CallLine, operationContext: string): void {
    const { random } = this.#world;
    this.#world.saw(`the service says its own words: ${operationContext}`);
    line.report({ kind: "PlayStarted", operationContext });
    const kind = this.#world.trouble(0.1) ? "PlayFailed" : "PlayCompleted";
    this.#world.at(random.between(500, 2_500), () => line.report({ kind, operationContext }));
  }

  #stream(line: CallLine, unsure: boolean): void {
    if (line.streaming === "opening" && !line.unsureOpening)
      this.#world.judge.broken("one mending for one loss", `${line.name} is asked for its sound while that is under way`);
    if (line.streaming !== "off") {
      // Once or twice may be asked for what the reports have not told yet, and more often by whom it was told that asking failed, who may not
      // learn at once that it flows.
      if (++line.needless > (line.unsureOpening ? mostUnsure : mostNeedless))
        this.#world.judge.broken(
          "a sound that flows is left alone",
          `${line.name} is asked for its sound ${line.needless} times`,
        );
      throw refusal(400);
    }
    line.needless = 0;
    line.unsureOpening ||= unsure;
    this.#world.note(() => `${line.name}: its sound is asked for again`);
    line.openMedia();
  }
}
