/** Call Automation's REST operations, as the SDK for JavaScript 1.6.0 sends them. */
import { Refusal } from "../identity/access.ts";
import type { CallCenter } from "./call-center.ts";
import { beyondLaptop, callNotFound, notConnected } from "./failures.ts";
import { phoneNumberModel } from "./identifiers.ts";
import * as requests from "./requests.ts";

type Act = (center: CallCenter, body: unknown, id: string, rest: string) => Response;

const done = (status: number, body?: unknown): Response =>
  body === undefined ? new Response(null, { status }) : Response.json(body, { status });

/** Method and path; `{id}` and `{rest}` stand for what the act is given. The first match counts. */
const operations: readonly (readonly [string, Act])[] = [
  [
    "POST /calling/callConnections",
    (center, body) => done(201, center.create(requests.read(requests.createRequest, body)).properties()),
  ],
  ["POST /calling/callConnections:answer", answer],
  ["POST /calling/callConnections:reject", reject],
  ["POST /calling/callConnections:redirect", redirect],
  ["GET /calling/callConnections/{id}", (center, _, id) => done(200, center.call(id).properties())],
  ["DELETE /calling/callConnections/{id}", hangUp],
  ["POST /calling/callConnections/{id}:terminate", terminate],
  ["POST /calling/callConnections/{id}:transferToParticipant", transfer],
  ["GET /calling/callConnections/{id}/participants", (center, _, id) => done(200, { value: center.call(id).participants() })],
  ["POST /calling/callConnections/{id}/participants:add", addParticipant],
  ["POST /calling/callConnections/{id}/participants:remove", removeParticipant],
  ["POST /calling/callConnections/{id}/participants:cancelAddParticipant", cancelAddParticipant],
  ["GET /calling/callConnections/{id}/participants/{rest}", participant],
  ["POST /calling/callConnections/{id}:play", play],
  ["POST /calling/callConnections/{id}:hold", hold],
  ["POST /calling/callConnections/{id}:unhold", unhold],
  ["POST /calling/callConnections/{id}:recognize", recognize],
  ["POST /calling/callConnections/{id}:cancelAllMediaOperations", cancelAll],
  ["POST /calling/callConnections/{id}:sendDtmfTones", sendTones],
  ["POST /calling/callConnections/{id}:startContinuousDtmfRecognition", startContinuousTones],
  ["POST /calling/callConnections/{id}:stopContinuousDtmfRecognition", stopContinuousTones],
  ["POST /calling/callConnections/{id}:startMediaStreaming", startMediaStreaming],
  ["POST /calling/callConnections/{id}:stopMediaStreaming", stopMediaStreaming],
  [
    "POST /calling/recordings",
    (center, body) => done(200, center.recordings.start(requests.read(requests.startRecordingRequest, body))),
  ],
  ["GET /calling/recordings/{id}", (center, _, id) => done(200, center.recordings.state(id))],
  ["DELETE /calling/recordings/{id}", stopRecording],
  ["POST /calling/recordings/{id}:pause", (center, _, id) => pause(center, id, true)],
  ["POST /calling/recordings/{id}:resume", (center, _, id) => pause(center, id, false)],
];

const patterns = operations.map(([name, act]) => {
  const escaped = name.replace("{id}", "([^/:]+)").replace("{rest}", "([^/]+)");
  return { pattern: new RegExp(`^${escaped}$`), act };
});

/** Does what the request asks; throws `Refusal`. */
export function operate(center: CallCenter, method: string, path: string, body: unknown): Response {
  const asked = `${method} ${path}`;
  for (const { pattern, act } of patterns) {
    const match = pattern.exec(asked);
    if (match) return act(center, body, match[1] ?? "", match[2] ?? "");
  }
  const action = /^\/calling\/(?:callConnections|recordings)[^:]*:(\w+)$/.exec(path)?.[1];
  if (action) throw beyondLaptop(`offer the action "${action}"`);
  throw new Refusal(404, "NotFound", "There is no such operation.");
}

function answer(center: CallCenter, body: unknown): Response {
  const { incomingCallContext, ...request } = requests.read(requests.answerRequest, body);
  return done(200, center.answer(incomingCallContext, request).properties());
}

function reject(center: CallCenter, body: unknown): Response {
  center.reject(requests.read(requests.contextRequest, body).incomingCallContext);
  return done(204);
}

function redirect(center: CallCenter, body: unknown): Response {
  const { incomingCallContext, target } = requests.read(requests.redirectRequest, body);
  center.redirect(incomingCallContext, target);
  return done(204);
}

function hangUp(center: CallCenter, _body: unknown, id: string): Response {
  center.call(id).hangUp();
  return done(204);
}

function terminate(center: CallCenter, _body: unknown, id: string): Response {
  center.call(id).terminate();
  return done(204);
}

function transfer(center: CallCenter, body: unknown, id: string): Response {
  const call = connected(center, id);
  const { targetParticipant, transferee, ...options } = requests.read(requests.transferRequest, body);
  call.transfer(targetParticipant, transferee, options);
  return done(202, { operationContext: options.operationContext });
}

function addParticipant(center: CallCenter, body: unknown, id: string): Response {
  const call = connected(center, id);
  const given = requests.read(requests.addRequest, body);
  const { participantToAdd, sourceCallerIdNumber, invitationTimeoutInSeconds, ...options } = given;
  center.requireOwnNumber(sourceCallerIdNumber.value);
  const invitationId = call.addParticipant(participantToAdd, sourceCallerIdNumber.value, invitationTimeoutInSeconds, options);
  const added = { identifier: phoneNumberModel(participantToAdd), isMuted: false, isOnHold: false };
  return done(202, { participant: added, operationContext: options.operationContext, invitationId });
}

function removeParticipant(center: CallCenter, body: unknown, id: string): Response {
  const { participantToRemove, ...options } = requests.read(requests.removeRequest, body);
  connected(center, id).removeParticipant(participantToRemove, options);
  return done(202, { operationContext: options.operationContext });
}

function cancelAddParticipant(center: CallCenter, body: unknown, id: string): Response {
  const { invitationId, ...options } = requests.read(requests.cancelAddRequest, body);
  connected(center, id).cancelAddParticipant(invitationId, options);
  return done(202, { invitationId, operationContext: options.operationContext });
}

function participant(center: CallCenter, _body: unknown, id: string, rawId: string): Response {
  const found = center
    .call(id)
    .participants()
    .find((each) => each.identifier.rawId === rawId);
  if (!found) throw new Refusal(404, "8522", "The participant does not take part in this call.");
  return done(200, found);
}

function play(center: CallCenter, body: unknown, id: string): Response {
  connected(center, id).media.play(requests.read(requests.playRequest, body));
  return done(202);
}

function hold(center: CallCenter, body: unknown, id: string): Response {
  const { targetParticipant, playSourceInfo, ...options } = requests.read(requests.holdRequest, body);
  void connected(center, id).hold(targetParticipant, playSourceInfo ? [playSourceInfo] : [], options);
  return done(200);
}

function unhold(center: CallCenter, body: unknown, id: string): Response {
  connected(center, id).unhold(requests.read(requests.unholdRequest, body).targetParticipant);
  return done(200);
}

function recognize(center: CallCenter, body: unknown, id: string): Response {
  connected(center, id).media.recognize(requests.read(requests.recognizeRequest, body));
  return done(202);
}

function cancelAll(center: CallCenter, _body: unknown, id: string): Response {
  connected(center, id).media.cancelAll();
  return done(202);
}

function sendTones(center: CallCenter, body: unknown, id: string): Response {
  const { tones, ...options } = requests.read(requests.sendTonesRequest, body);
  connected(center, id).media.sendTones(tones, options);
  return done(202, { operationContext: options.operationContext });
}

function startContinuousTones(center: CallCenter, body: unknown, id: string): Response {
  connected(center, id).media.startContinuousTones(requests.read(requests.continuousTonesRequest, body));
  return done(200);
}

function stopContinuousTones(center: CallCenter, body: unknown, id: string): Response {
  connected(center, id).media.stopContinuousTones(requests.read(requests.continuousTonesRequest, body));
  return done(200);
}

function startMediaStreaming(center: CallCenter, body: unknown, id: string): Response {
  connected(center, id).media.startStreaming(requests.read(requests.overridableRequest, body));
  return done(202);
}

function stopMediaStreaming(center: CallCenter, body: unknown, id: string): Response {
  connected(center, id).media.stopStreaming(requests.read(requests.overridableRequest, body));
  return done(202);
}

function stopRecording(center: CallCenter, _body: unknown, id: string): Response {
  center.recordings.stop(id);
  return done(204);
}

function pause(center: CallCenter, id: string, paused: boolean): Response {
  center.recordings.pause(id, paused);
  return done(202);
}

/** A call that is through: most actions need one. */
function connected(center: CallCenter, id: string) {
  const call = center.call(id);
  if (call.state === "disconnected") throw callNotFound();
  if (call.state !== "connected") throw notConnected();
  return call;
}
