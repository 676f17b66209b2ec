import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { describe, test } from "node:test";
import { runInNewContext } from "node:vm";
import { gunzipSync } from "node:zlib";
import { request } from "node:http";
import { networkInterfaces } from "node:os";
import { missing, startNginx } from "../../support/nginx.ts";

const mqttPlaceholder = "wss://mesh-six-mqtt-url.invalid";
const onboardingPlaceholder = "https://mesh-six-onboarding-url.invalid";

/** The output of Vite in small: the address in each of JavaScript's three quotes. */
const page = {
  "index.html": `<!doctype html><title>mesh-six</title><script type="module" src="/assets/index-B1x9_aZq.js"></script>`,
  "assets/index-B1x9_aZq.js": [
    `globalThis.double = "${mqttPlaceholder}";`,
    `globalThis.single = '${mqttPlaceholder}';`,
    `globalThis.template = \`${mqttPlaceholder}\`;`,
    `globalThis.onboarding = "${onboardingPlaceholder}";`,
    `globalThis.filling = "${"x".repeat(4000)}";`,
  ].join("\n"),
  "assets/vendor-C0ffee12.js": "globalThis.vendor = true;",
  "assets/index-D4e5F6g7.css": "body { color: green }",
  "favicon.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>",
};
const environment = {
  VITE_MQTT_URL: "wss://rabbitmq-ws.bto.bar/ws",
  VITE_ONBOARDING_URL: "https://mesh-six.bto.bar",
};
const script = "/assets/index-B1x9_aZq.js";
const immutable = "public, max-age=31536000, immutable";

const reason = missing();
if (reason !== undefined && process.env["MESH_SIX_REQUIRE_NGINX"] === "1") {
  throw new Error(`MESH_SIX_REQUIRE_NGINX is 1, but: ${reason}`);
}

describe("the dashboard's image under nginx", { skip: reason ?? false }, () => {
  test("answers 200 ok at /healthz", async () => {
    await serving(environment, async (url) => {
      const response = await fetch(`${url}/healthz`);
      assert.equal(response.status, 200);
      assert.equal(await response.text(), "ok");
    });
  });

  const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
    all?.some(({ address }) => address === "::1"),
  );

  test("listens on IPv6 too", { skip: !hasIpv6 && "this machine has no ::1" }, async () => {
    await serving(environment, async (url) => {
      const { port } = new URL(url);
      assert.equal(await (await fetch(`http://[::1]:${port}/healthz`)).text(), "ok");
    });
  });

  test("starts on a kernel without IPv6, on IPv4 alone", async () => {
    const without = { ...environment, MESH_SIX_IPV6_ADDRESSES: "/nowhere" };
    await serving(without, async (url) => {
      assert.equal(await (await fetch(`${url}/healthz`)).text(), "ok");
      await assert.rejects(fetch(`http://[::1]:${new URL(url).port}/healthz`));
    });
  });

  test("serves the page at every path that is no file, and never from a cache unasked", async () => {
    await serving(environment, async (url) => {
      for (const path of [
        "/",
        "/index.html",
        "/tasks",
        "/agents/42?tab=log",
        "/a/b.c/d",
        "/assets/gone-12345678.js",
      ]) {
        const response = await fetch(`${url}${path}`);
        assert.equal(response.status, 200, path);
        assert.match(response.headers.get("content-type") ?? "", /^text\/html/, path);
        assert.equal(await response.text(), page["index.html"], path);
        assert.equal(response.headers.get("cache-control"), "no-cache", path);
      }
    });
  });

  test("delivers the addresses of its start, and others after another start, from the same built page", async () => {
    for (const address of ["wss://rabbitmq-ws.bto.bar/ws", "ws://10.0.0.7:15675/ws?vhost=a&x=1"]) {
      await serving({ ...environment, VITE_MQTT_URL: address }, async (url) => {
        const delivered = evaluate(await (await fetch(`${url}${script}`)).text());
        assert.equal(delivered["double"], address);
        assert.equal(delivered["single"], address);
        assert.equal(delivered["template"], address);
        assert.equal(delivered["onboarding"], "https://mesh-six.bto.bar");
      });
    }
  });

  const hostile = [
    `wss://h/"; globalThis.broken = true; //`,
    `wss://h/'; globalThis.broken = true; //`,
    "wss://h/${globalThis.broken = true}`; globalThis.broken = true; //",
    `wss://h/$uri$document_root\${host}`,
    `wss://h/\\" \\\\ \\u0041 \\n`,
    `wss://h/</script><script>globalThis.broken = true</script>`,
    `wss://h/"; } location /etc { root /; } #{;}`,
    "wss://ünïcode.example/💚",
  ];
  for (const address of hostile) {
    test(`delivers ${address} as that text and nothing else`, async () => {
      await serving({ ...environment, VITE_MQTT_URL: address }, async (url) => {
        const response = await fetch(`${url}${script}`);
        const delivered = evaluate(await response.text());
        assert.equal(delivered["double"], address);
        assert.equal(delivered["single"], address);
        assert.equal(delivered["template"], address);
        assert.equal(delivered["broken"], undefined);
      });
    });
  }

  test("refuses to start, in one line that names the variable, without an address or with a line break in it", async () => {
    await assert.rejects(
      startNginx(page, { VITE_ONBOARDING_URL: "https://mesh-six.bto.bar" }),
      /^Error: dashboard: VITE_MQTT_URL is '', expected an address that begins with wss:\/\/: set it in the container's environment$/,
    );
    await assert.rejects(
      startNginx(page, { ...environment, VITE_ONBOARDING_URL: "javascript:alert(1)" }),
      /^Error: dashboard: VITE_ONBOARDING_URL is 'javascript:alert\(1\)', expected .* https:\/\//,
    );
    await assert.rejects(
      startNginx(page, { ...environment, VITE_MQTT_URL: "wss://h/\n" }),
      /^Error: dashboard: VITE_MQTT_URL holds a line break/,
    );
  });

  test("gives substituted scripts no validator, so that a browser cannot keep the old address", async () => {
    await serving(environment, async (url) => {
      const { headers } = await fetch(`${url}${script}`);
      assert.equal(headers.get("cache-control"), "no-cache");
      assert.equal(headers.get("etag"), null);
      assert.equal(headers.get("last-modified"), null);

      const file = await fetch(`${url}/favicon.svg`);
      const remembered = {
        "if-modified-since": file.headers.get("last-modified") ?? "",
        "if-none-match": '"abc"',
      };
      assert.equal((await fetch(`${url}/favicon.svg`, { headers: remembered })).status, 200, "another ETag");
      for (const path of [script, "/", "/tasks"]) {
        assert.equal((await fetch(`${url}${path}`, { headers: remembered })).status, 200, path);
        const dated = { "if-modified-since": new Date(Date.now() + 60_000).toUTCString() };
        assert.equal((await fetch(`${url}${path}`, { headers: dated })).status, 200, path);
      }
    });
  });

  test("lets hashed files without an address be kept for good", async () => {
    await serving(environment, async (url) => {
      for (const path of ["/assets/vendor-C0ffee12.js", "/assets/index-D4e5F6g7.css"]) {
        assert.equal((await fetch(`${url}${path}`)).headers.get("cache-control"), immutable, path);
      }
      assert.equal((await fetch(`${url}/favicon.svg`)).headers.get("cache-control"), "no-cache");
    });
  });

  test("substitutes in what it compresses, and whole where a range is asked for", async () => {
    await serving(environment, async (url) => {
      const compressed = await raw(`${url}${script}`, { "accept-encoding": "gzip" });
      assert.equal(compressed.headers["content-encoding"], "gzip");
      assert.equal(evaluate(gunzipSync(compressed.body).toString())["double"], environment.VITE_MQTT_URL);

      const ranged = await fetch(`${url}${script}`, { headers: { range: "bytes=0-9" } });
      assert.equal(ranged.status, 200);
      assert.equal(evaluate(await ranged.text())["double"], environment.VITE_MQTT_URL);
    });
  });

  test("ignores files compressed at build time, which hold the placeholder still", async () => {
    const compressed = { ...page, [`${script.slice(1)}.gz`]: "not to be served" };
    const nginx = await startNginx(compressed, environment);
    try {
      const delivered = await (await fetch(`${nginx.url}${script}`)).text();
      assert.equal(evaluate(delivered)["double"], environment.VITE_MQTT_URL);
    } finally {
      await nginx.stop();
    }
  });

  test("writes nothing but its configuration, pid and temporary files, all below /tmp", async () => {
    const nginx = await startNginx(page, environment);
    try {
      await fetch(`${nginx.url}/`, { method: "POST", body: "x".repeat(100_000) });
      const written = readdirSync(nginx.temporary).sort();
      assert.deepEqual(written, [
        "client_temp",
        "conf.d",
        "fastcgi_temp",
        "nginx.log",
        "nginx.pid",
        "proxy_temp",
        "scgi_temp",
        "uwsgi_temp",
      ]);
    } finally {
      await nginx.stop();
    }
  });
});

async function serving(values: Record<string, string>, use: (url: string) => Promise<void>): Promise<void> {
  const nginx = await startNginx(page, values);
  try {
    await use(nginx.url);
  } finally {
    await nginx.stop();
  }
}

/** The global values after a browser has run the delivered script. */
function evaluate(source: string): Record<string, unknown> {
  const context: Record<string, unknown> = {};
  runInNewContext(source, context);
  return context;
}

/** fetch decompresses by itself; this does not. */
function raw(url: string, headers: Record<string, string>) {
  return new Promise<{ headers: NodeJS.Dict<string | string[]>; body: Buffer }>((resolve, reject) => {
    request(url, { headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => resolve({ headers: response.headers, body: Buffer.concat(chunks) }));
    })
      .on("error", reject)
      .end();
  });
}
