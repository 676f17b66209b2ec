/* global document */
// The least that the dashboard does with MQTT: connects to the address of the run time, lists agents, shows tasks live.
import mqtt from "/assets/mqtt-A1b2C3d4.js";

const address = "wss://mesh-six-mqtt-url.invalid";
const element = (id) => document.getElementById(id);
element("address").textContent = address;

const client = mqtt.connect(address, { reconnectPeriod: 500 });
const show = (state) => {
  element("state").textContent = state;
  element("state").className = `pill ${state}`;
};
client.on("connect", () => client.subscribe(["agents/+", "tasks/+"], () => show("connected")));
client.on("close", () => show("disconnected"));

/** The element of that id in a list, made when it is new. */
function entry(list, id, tag) {
  const found = element(id);
  if (found) return found;
  const made = document.createElement(tag);
  made.id = id;
  list.append(made);
  return made;
}

function fill(row, tag, texts) {
  row.replaceChildren(
    ...texts.map(([text, style]) => {
      const cell = document.createElement(tag);
      cell.textContent = text;
      if (style) cell.className = style;
      return cell;
    }),
  );
}

client.on("message", (topic, payload) => {
  const message = JSON.parse(payload.toString());
  const id = topic.replace("/", "-");
  if (topic.startsWith("agents/")) {
    fill(entry(element("agents"), id, "li"), "span", [
      ["", `dot ${message.status}`],
      [message.appId],
      [message.status, "quiet"],
    ]);
    element("agent-count").textContent = String(element("agents").children.length);
  } else {
    fill(entry(element("tasks"), id, "tr"), "td", [
      [message.id, "mono"],
      [message.agent],
      [message.capability],
      [message.state, `state ${message.state}`],
    ]);
  }
});
