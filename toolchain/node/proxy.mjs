// Plain JavaScript, since start.mjs needs it on Node 20 as well.

/** See proxy.d.mts. */
export function pastProxy(environment) {
  const proxied = Object.keys(environment).some((name) => /^(https?|all)_proxy$/i.test(name));
  if (!proxied) return {};
  const given = [environment.NO_PROXY, environment.no_proxy].flatMap((list) => list?.split(",") ?? []);
  const list = [...new Set([...given, "127.0.0.1", "localhost", "::1"])].filter(Boolean).join(",");
  return { NO_PROXY: list, no_proxy: list };
}
