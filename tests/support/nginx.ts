import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const image = join(import.meta.dirname, "../../images/dashboard");

/** The user of the official nginx image. */
const user = "101";

const path = `${process.env["PATH"] ?? ""}:/usr/sbin`;

export interface Nginx {
  readonly url: string;
  /** Its /tmp from outside, the one place that can be written. */
  readonly temporary: string;
  readonly stop: () => Promise<void>;
}

/** The reason why the image cannot be run on this machine, or undefined. */
export function missing(): string | undefined {
  for (const [command, debianPackage] of [
    ["nginx", "nginx"],
    ["envsubst", "gettext-base"],
    ["unshare", "util-linux"],
    ["setpriv", "util-linux"],
  ] as const) {
    if (!succeeds(["sh", "-c", `command -v ${command}`]))
      return `apt-get install ${debianPackage}: no ${command} here`;
  }
  if (!succeeds([...asRoot(), "unshare", "--mount", "true"]))
    return "a read-only root file system needs root or sudo";
  return undefined;
}

/**
 * Runs what is in the image as a container would: its files in their places, everything read-only but /tmp, as
 * nginx's user, through the entry point's script and then the templates as the official image fills them.
 *
 * @param page - content of the built page's files by their path
 * @param environment - the container's environment besides NGINX_PORT
 * @throws with the words of the entry point or of nginx, where it does not start
 */
export async function startNginx(
  page: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string>>,
): Promise<Nginx> {
  const directory = mkdtempSync(join(tmpdir(), "mesh-six-nginx-"));
  const inside = (...names: string[]) => join(directory, ...names);
  chmodSync(directory, 0o755);
  cpSync(image, inside("image"), { recursive: true });
  mkdirSync(inside("html"));
  for (const [name, content] of Object.entries(page)) {
    mkdirSync(dirname(inside("html", name)), { recursive: true });
    writeFileSync(inside("html", name), content);
  }
  mkdirSync(inside("tmp"));
  chmodSync(inside("tmp"), 0o777);

  const port = await freePort();
  const variables = Object.entries({ PATH: path, NGINX_PORT: String(port), ...environment });
  const command = [
    ...[...asRoot(), "env", "-i", ...variables.map(([name, value]) => `${name}=${value}`)],
    ...["unshare", "--mount", "--propagation", "private", "sh", "-ec", seal, "seal", directory],
    ...[
      "setpriv",
      `--reuid=${user}`,
      `--regid=${user}`,
      "--clear-groups",
      "--no-new-privs",
      "sh",
      "-ec",
      container,
    ],
  ];
  const server = spawn(command[0] as string, command.slice(1), { stdio: ["ignore", "ignore", "pipe"] });
  const exited = once(server, "exit");
  let words = "";
  server.stderr.on("data", (chunk: Buffer) => (words += chunk.toString()));

  const stop = async () => {
    if (server.exitCode === null) server.kill("SIGTERM");
    await exited;
    rmSync(directory, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${port}`;
  while (!(await answers(`${url}/healthz`))) {
    if (server.exitCode === null && server.signalCode === null) {
      await sleep(20);
      continue;
    }
    const log = readLog(inside("tmp", "nginx.log"));
    await stop();
    throw new Error(`${words}${log}`.trim());
  }
  return { url, temporary: inside("tmp"), stop };
}

/** Puts the image's files into their places, makes the rest read-only, and becomes the command that follows. */
const seal = `
directory=$1; shift
mount --bind "$directory/image/nginx.conf" /etc/nginx/nginx.conf
mount --bind "$directory/html" /usr/share/nginx/html
mount --bind "$directory/image" /mnt
mount --bind "$directory/tmp" /tmp
mount -o remount,bind,ro / && mount -o remount,bind,ro /usr/share/nginx/html && mount -o remount,bind,ro /mnt
exec "$@"
`;

/** The order of the official image's entry point: what is sourced, the templates, nginx. */
const container = `
! touch /var/written 2>/dev/null || { echo "the root file system is not read-only" >&2; exit 1; }
. /mnt/entrypoint/18-runtime-addresses.envsh
envsubst '\${NGINX_PORT} \${NGINX_LISTEN_IPV6} \${VITE_MQTT_URL} \${VITE_ONBOARDING_URL}' \\
  </mnt/templates/dashboard.conf.template >/tmp/conf.d/dashboard.conf
exec nginx -g 'daemon off;' >/tmp/nginx.log 2>&1
`;

function asRoot(): string[] {
  return process.getuid?.() === 0 ? [] : ["sudo", "-n"];
}

function succeeds(command: readonly string[]): boolean {
  const [program = "", ...rest] = command;
  return spawnSync(program, rest, { env: { ...process.env, PATH: path }, stdio: "ignore" }).status === 0;
}

async function answers(url: string): Promise<boolean> {
  return await fetch(url).then(
    (response) => response.ok,
    () => false,
  );
}

function readLog(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("the kernel gave no port");
  return address.port;
}
