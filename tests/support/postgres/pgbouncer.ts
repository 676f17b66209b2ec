import { spawn, type ChildProcess } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { chown, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { serverUser } from "../../../sandbox/services/postgres/binary.ts";
import { freePort } from "./postgres.ts";

/** Path of the system's PgBouncer, else undefined. Debian puts it into a folder that is not on everyone's PATH. */
export function findPgbouncer(): string | undefined {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];
  return folders
    .map((folder) => join(folder, "pgbouncer"))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** A pooler in front of a server; `url` leads through it to the database of `directUrl`. */
export async function startPgbouncer(
  command: string,
  mode: "transaction" | "session",
  directUrl: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<{ url: string; close(): Promise<void> }> {
  const { port: serverPort, username, password, pathname } = new URL(directUrl);
  const directory = await mkdtemp(join(tmpdir(), "mesh-six-pgbouncer-"));
  const port = await freePort();
  const user = decodeURIComponent(username);
  const files = {
    "users.txt": `"${user}" "${decodeURIComponent(password)}"\n`,
    "pgbouncer.ini": `[databases]
* = host=127.0.0.1 port=${serverPort}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = plain
auth_file = ${join(directory, "users.txt")}
pool_mode = ${mode}
${Object.entries(settings)
  .map(([name, value]) => `${name} = ${value}\n`)
  .join("")}`,
  };
  const owner = serverUser();
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(directory, name), text, { mode: 0o600 });
    if (owner) await chown(join(directory, name), owner.uid, owner.gid);
  }
  if (owner) await chown(directory, owner.uid, owner.gid);
  // Like PostgreSQL it refuses to run as root.
  const pooler = spawn(command, [join(directory, "pgbouncer.ini")], {
    ...owner,
    stdio: ["ignore", "ignore", "pipe"],
  });
  await started(pooler);
  return {
    url: `postgres://${username}:${password}@127.0.0.1:${port}${pathname}?sslmode=disable`,
    async close() {
      const exited = new Promise((resolve) => pooler.once("exit", resolve));
      pooler.kill("SIGKILL");
      await exited;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function started(pooler: ChildProcess): Promise<void> {
  let log = "";
  return new Promise((resolve, reject) => {
    pooler.stderr?.setEncoding("utf8").on("data", (text: string) => {
      log += text;
      if (log.includes("process up")) resolve();
    });
    pooler.once("error", reject);
    pooler.once("exit", (code) => reject(new Error(`PgBouncer ended with code ${String(code)}: ${log}`)));
  });
}
