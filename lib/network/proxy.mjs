// Plain JavaScript, since toolchain/start.mjs needs it on Node 20 as well.
import { BlockList, isIP } from "node:net";
import { URL } from "node:url";

/** See proxy.d.mts. */
export function pastProxy(environment) {
  const proxied = Object.keys(environment).some((name) => /^(https?|all)_proxy$/i.test(name));
  if (!proxied) return {};
  const given = [environment.NO_PROXY, environment.no_proxy].flatMap((list) => list?.split(",") ?? []);
  const list = [...new Set([...given, "127.0.0.1", "localhost", "::1"])].filter(Boolean).join(",");
  return { NO_PROXY: list, no_proxy: list };
}

/** See proxy.d.mts. */
export function proxyFor(address, environment) {
  const { protocol, hostname, port } = new URL(address);
  const names = protocol === "https:" ? ["HTTPS_PROXY", "https_proxy"] : ["HTTP_PROXY", "http_proxy"];
  const variable = names.find((name) => environment[name]);
  if (variable === undefined) return undefined;
  const host = hostname.replace(/^\[|\]$/g, "").toLowerCase();
  if (isThisMachine(host)) return undefined;
  const target = { host, port: port || (protocol === "https:" ? "443" : "80") };
  const exceptions = (environment.NO_PROXY || environment.no_proxy || "").split(",");
  if (exceptions.some((entry) => isExcepted(entry.trim().toLowerCase(), target))) return undefined;
  const given = environment[variable];
  const url = given.includes("://") ? given : `http://${given}`;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new Error(
      `${variable}: expected http://HOST:PORT or https://HOST:PORT, got another kind of address`,
    );
  }
  const { username, password } = new URL(url);
  try {
    decodeURIComponent(username + password);
  } catch {
    throw new Error(
      `${variable}: expected user and password with each % written as %25, got a % that encodes nothing`,
    );
  }
  return { variable, url };
}

function isThisMachine(host) {
  return host === "localhost" || host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function isExcepted(entry, { host, port }) {
  if (entry === "") return false;
  if (entry === "*") return true;
  if (entry.includes("/")) return isIP(host) !== 0 && holds(entry, host);
  const [, name, only] = /^(.*?)(?::(\d+))?$/.exec(isIP(entry) === 6 ? `[${entry}]` : entry);
  if (only !== undefined && only !== port) return false;
  const bare = name.replace(/^\[|\]$/g, "").replace(/^\*(?=\.)/, "");
  if (bare.startsWith(".")) return host.endsWith(bare);
  return host === bare || host.endsWith(`.${bare}`);
}

/** Whether a range as 10.0.0.0/8 holds the address. */
function holds(range, host) {
  const [network, bits] = range.split("/");
  const kind = isIP(network);
  if (kind === 0 || kind !== isIP(host) || !/^\d+$/.test(bits) || Number(bits) > (kind === 4 ? 32 : 128)) {
    return false;
  }
  const family = kind === 4 ? "ipv4" : "ipv6";
  const list = new BlockList();
  list.addSubnet(network, Number(bits), family);
  return list.check(host, family);
}
