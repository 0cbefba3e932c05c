import { expect, test } from "vitest";
import { connectTwiml, dialTwiml, emptyTwiml, hangUpTwiml, rejectTwiml } from "./twiml.ts";

const places = { FUNCTIONS_URL: "https://app.example/", BRIDGE_URL: "https://bridge.example/" };
const head = '<?xml version="1.0" encoding="UTF-8"?>';

test("a caller is connected to the bridge, and Twilio asks on when the stream ends", () => {
  expect(connectTwiml({ callId: "call-1", nonce: "n-1" }, places)).toBe(
    `${head}<Response><Connect><Stream url="wss://bridge.example/twilio/media/call-1" statusCallback="https://app.example/twilio/stream/call-1" statusCallbackMethod="POST"><Parameter name="nonce" value="n-1"/></Stream></Connect><Redirect method="POST">https://app.example/twilio/line/call-1</Redirect></Response>`,
  );
});

test("before that a sentence may be said, and a pause made", () => {
  const first = { text: "Un instant", language: "fr-FR" };
  expect(connectTwiml({ callId: "call-1", nonce: "n-1", first, pauseSeconds: 2 }, places)).toContain(
    '<Response><Say language="fr-FR">Un instant</Say><Pause length="2"/><Connect>',
  );
});

test("a person is rung for the caller, and the outcome is asked about", () => {
  const twiml = dialTwiml({ callId: "call-1", to: "+33144556677", from: "+33199002737", ringSeconds: 45 }, places);
  expect(twiml).toBe(
    `${head}<Response><Dial action="https://app.example/twilio/transferred/call-1" method="POST" callerId="+33199002737" timeout="45"><Number>+33144556677</Number></Dial></Response>`,
  );
});

test("a call is ended, with a last word or without, or not picked up, or left as it is", () => {
  expect(hangUpTwiml()).toBe(`${head}<Response><Hangup/></Response>`);
  expect(hangUpTwiml({ text: "Goodbye", language: "en-US" })).toContain('<Say language="en-US">Goodbye</Say><Hangup/>');
  expect(rejectTwiml()).toBe(`${head}<Response><Reject reason="rejected"/></Response>`);
  expect(emptyTwiml()).toBe(`${head}<Response></Response>`);
});

test("a company's name is only ever text, whatever it is made of", () => {
  const text = 'Ben & Jerry\'s <Hangup/> "x"\u0000\u001b';
  expect(hangUpTwiml({ text, language: '"/><Hangup' })).toBe(
    `${head}<Response><Say language="&quot;/&gt;&lt;Hangup">Ben &amp; Jerry&apos;s &lt;Hangup/&gt; &quot;x&quot;</Say><Hangup/></Response>`,
  );
});
