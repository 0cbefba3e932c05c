/** The phone page: what its holder does goes to the laptop as actions, what the laptop shows becomes text and sound. */
import { Loudspeaker, Microphone } from "/phone/sound.js";

const digits = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];
const numberKey = "switchboard-phone-number";
const retryMs = 2_000;

const element = (id) => document.getElementById(id);
const loudspeaker = new Loudspeaker();
let socket;
let system = "";
/** "free", "calling", "rings" or "connected". */
let state = "free";
let retry;
let refused = false;

const microphone = new Microphone((pcm) => {
  if (state === "connected" && socket?.readyState === WebSocket.OPEN) socket.send(pcm);
});

function connect(number) {
  clearTimeout(retry);
  refused = false;
  socket?.close();
  const url = new URL("/phone/line", location.href);
  url.protocol = url.protocol.replace("http", "ws");
  url.searchParams.set("number", number);
  const mine = new WebSocket(url);
  mine.binaryType = "arraybuffer";
  socket = mine;
  mine.addEventListener("message", ({ data }) => {
    if (typeof data === "string") show(JSON.parse(data));
    else if (element("raw").checked) loudspeaker.play(new Int16Array(data));
  });
  mine.addEventListener("close", () => {
    if (socket !== mine) return;
    become("free");
    if (refused) return status("Not connected. Choose another number.");
    status("The laptop does not answer. Is `npm start` running? Trying again…");
    retry = setTimeout(() => connect(number), retryMs);
  });
}

function act(action) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(action));
  else fault("The phone is not connected to the laptop. Start it with `npm start`; this page reconnects by itself.");
}

const signs = {
  ready({ number, system: found, texts }) {
    system = found;
    localStorage.setItem(numberKey, number);
    element("texts").replaceChildren();
    for (const text of texts) showText(text);
    become("free");
    status(`Ready: this is ${number}; the system is ${found}.`);
  },
  calling({ to }) {
    become("calling");
    status(`Calling ${to}…`);
  },
  rings({ from }) {
    become("rings");
    element("ringing-title").textContent = `${from === system ? "The system" : from} is calling`;
    status("The phone rings.");
    element("answer").focus();
  },
  "stopped ringing"() {
    become("free");
    status("The caller gave up.");
  },
  connected(sign) {
    become("connected");
    status(`Connected with ${sign.with === system ? "the system" : sign.with}.`);
    element("words").focus();
  },
  ended({ reason }) {
    become("free");
    status(`The call is over: ${reason}.`);
    loudspeaker.stop();
    speechSynthesis?.cancel();
  },
  heard({ words }) {
    line("They", words);
    if (element("voice").checked) speak(words);
  },
  saying: ({ words }) => line("You", words, true),
  pressed: ({ digit }) => line("They", `pressed ${digit}`),
  text: ({ text }) => showText(text),
  fault: ({ message }) => fault(message),
};

function show(sign) {
  if (sign.kind !== "fault") fault("");
  // A fault before the phone was ready means that the number itself was refused.
  else if (system === "") refused = true;
  signs[sign.kind]?.(sign);
}

function become(next) {
  state = next;
  document.title = next === "rings" ? "☎ Incoming call" : "Phone";
  element("ringing").hidden = next !== "rings";
  element("hang-up").disabled = next !== "connected" && next !== "calling";
  element("call-system").disabled = next !== "free";
}

function status(text) {
  element("status").textContent = text;
}

function fault(text) {
  element("fault").textContent = text;
  element("fault").hidden = text === "";
}

function line(who, words, mine = false) {
  const item = document.createElement("li");
  item.classList.toggle("mine", mine);
  item.textContent = `${who}: ${words}`;
  element("transcript").append(item);
  item.scrollIntoView({ block: "nearest" });
}

function showText({ from, words, sentAt }) {
  const item = document.createElement("li");
  item.textContent = `${new Date(sentAt).toLocaleTimeString()} ${from === system ? "The system" : from}: ${words}`;
  element("texts").append(item);
}

/** The line carries words as tones; the browser's own voice says them to human ears. */
function speak(words) {
  if (!("speechSynthesis" in window)) return;
  speechSynthesis.speak(new SpeechSynthesisUtterance(words));
}

function onSubmit(id, act) {
  element(id).addEventListener("submit", (event) => {
    event.preventDefault();
    act();
  });
}

/** What was typed, and an empty field for the next. */
function taken(id) {
  const text = element(id).value.trim();
  element(id).value = "";
  return text;
}

for (const digit of digits) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = digit;
  button.setAttribute("aria-label", { "*": "star", "#": "hash" }[digit] ?? digit);
  button.addEventListener("click", () => {
    if (state === "connected") {
      act({ kind: "press", digit });
      line("You", `pressed ${digit}`, true);
    } else element("dialled").value += digit;
  });
  element("pad").append(button);
}

onSubmit("line-form", () => {
  system = "";
  connect(element("number").value.replaceAll(/[\s().-]/g, ""));
});
onSubmit("dial-form", () => {
  const to = element("dialled").value.replaceAll(/[\s().-]/g, "");
  if (to === "") fault("Type a number to call, with its country code, such as +33612345678.");
  else act({ kind: "dial", to });
});
onSubmit("say-form", () => {
  const words = taken("words");
  if (words) act({ kind: "say", words });
});
onSubmit("text-form", () => {
  const words = taken("message");
  if (!words) return;
  act({ kind: "text", words });
  const item = document.createElement("li");
  item.className = "mine";
  item.textContent = `You: ${words}`;
  element("texts").append(item);
});
element("call-system").addEventListener("click", () => act({ kind: "dial" }));
element("hang-up").addEventListener("click", () => act({ kind: "hang up" }));
element("answer").addEventListener("click", () => act({ kind: "answer" }));
element("decline").addEventListener("click", () => act({ kind: "hang up" }));
element("raw").addEventListener("change", (event) => (event.target.checked ? loudspeaker.open() : loudspeaker.stop()));
element("voice").addEventListener("change", () => speechSynthesis?.cancel());
element("microphone").addEventListener("change", async (event) => {
  if (!event.target.checked) return microphone.close();
  const failure = await microphone.open();
  if (!failure) return fault("");
  event.target.checked = false;
  fault(failure);
});

/** Fictitious mobile numbers, one for each browser, so that two pages do not fight for one. */
function ownNumber() {
  return (
    localStorage.getItem(numberKey) ??
    `+336${String(crypto.getRandomValues(new Uint32Array(1))[0] % 100_000_000).padStart(8, "0")}`
  );
}

element("number").value = ownNumber();
connect(element("number").value);
