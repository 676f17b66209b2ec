/* global document, location */
// The dashboard's use of MQTT: at "/" it lists the agents, at "/tasks" the tasks, both as they are published.
import mqtt from "/assets/mqtt.js";

const root = document.getElementById("root");
const [title, topic] =
  location.pathname === "/tasks" ? ["Tasks", "agent/task/#"] : ["Agents", "agent/registry/#"];
const lines = document.createElement("ul");
const state = document.createElement("p");
const heading = document.createElement("h1");
heading.textContent = `mesh-six dashboard (simulated): ${title}`;
const nav = document.createElement("nav");
nav.innerHTML = '<a href="/">Agents</a> <a href="/tasks">Tasks</a>';
root.replaceChildren(heading, nav, state, lines);

const show = (text) => (state.textContent = text);
show("connecting");
const client = mqtt.connect(root.dataset.broker, { reconnectPeriod: 500 });
client.on("connect", () => client.subscribe(topic, () => show("connected")));
client.on("close", () => show("disconnected"));
client.on("message", (_, payload) => {
  const { appId, name, id = "", capability, status } = JSON.parse(payload.toString());
  const line = document.createElement("li");
  line.textContent =
    appId === undefined ? `${id.slice(0, 8)} ${capability} ${status}` : `${name} ${appId} ${status}`;
  lines.prepend(line);
});
