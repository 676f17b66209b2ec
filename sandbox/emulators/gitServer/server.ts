/**
 * Serves the git repositories of one folder for reading, as a forge does, by git's own http-backend.
 * usage: node sandbox/emulators/gitServer/server.ts CONFIG, a JSON file {port, folder}
 */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import process from "node:process";
import { withoutSettings } from "../../../lib/process/git.ts";

interface Config {
  readonly port: number;
  /** Holds the repositories. */
  readonly folder: string;
}

const config = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as Config;

/** A CGI program's environment, which describes the request (RFC 3875). */
function environment({ method, url, headers }: IncomingMessage): NodeJS.ProcessEnv {
  const { pathname, search } = new URL(url ?? "/", "http://git");
  const header = (name: string) => String(headers[name] ?? "");
  return {
    ...withoutSettings,
    GIT_PROJECT_ROOT: config.folder,
    GIT_HTTP_EXPORT_ALL: "1",
    GIT_PROTOCOL: header("git-protocol"),
    REQUEST_METHOD: method,
    PATH_INFO: decodeURIComponent(pathname),
    QUERY_STRING: search.slice(1),
    CONTENT_TYPE: header("content-type"),
    HTTP_CONTENT_ENCODING: header("content-encoding"),
    ...(headers["content-length"] === undefined ? {} : { CONTENT_LENGTH: headers["content-length"] }),
  };
}

function serve(request: IncomingMessage, response: ServerResponse): void {
  const child = spawn("git", ["http-backend"], {
    env: environment(request),
    stdio: ["pipe", "pipe", "inherit"],
  });
  child.once("error", (error) => {
    process.stderr.write(`git http-backend: ${error.message}\n`);
    response.writeHead(500).end();
  });
  // git may have seen enough before all is written.
  child.stdin.on("error", () => undefined);
  request.pipe(child.stdin);
  let head = Buffer.alloc(0);
  const begin = (part: Buffer) => {
    head = Buffer.concat([head, part]);
    const end = head.indexOf("\r\n\r\n");
    if (end < 0) return;
    child.stdout.off("data", begin);
    const fields = head.subarray(0, end).toString("utf8").split("\r\n");
    let status = 200;
    for (const field of fields) {
      const colon = field.indexOf(":");
      const [name, value] = [field.slice(0, colon), field.slice(colon + 1).trim()];
      if (name.toLowerCase() === "status") status = Number(value.split(" ")[0]);
      else response.setHeader(name, value);
    }
    response.writeHead(status);
    response.write(head.subarray(end + 4));
    child.stdout.pipe(response);
  };
  child.stdout.on("data", begin);
  child.stdout.once("end", () => {
    if (!response.headersSent) response.writeHead(500).end();
  });
}

createServer(serve).listen(config.port, "127.0.0.1");
process.on("SIGTERM", () => process.exit(0));
