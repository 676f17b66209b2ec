import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { fetchOutside, ProxyError } from "../../lib/network/fetch.ts";
import { holdsLogIn, withoutPasswords } from "../../lib/text/withoutPasswords.ts";
import { cacheDirectory, lockInCache } from "./cacheDirectory.mjs";

/** Milliseconds a server may keep silent: a firewall that drops packets must not hold anybody up for minutes. */
const silence = { answer: 6_000, body: 15_000 };

/** The number of times that a cut connection is taken up again where it ended. */
const attempts = 3;

/** A download that did not work out; its one line names the address and the reason. */
export class DownloadError extends Error {
  override name = "DownloadError";
}

/** Whether anything may be downloaded besides npm packages and Go modules: MESH_SIX_DOWNLOADS=off forbids it. */
export function downloadsAllowed(): boolean {
  return process.env["MESH_SIX_DOWNLOADS"] !== "off";
}

/** The mirror to download from, if one is set: MESH_SIX_DOWNLOADS=https://mirror.example. */
export function mirror(): string | undefined {
  const setting = process.env["MESH_SIX_DOWNLOADS"];
  if (setting === undefined || setting === "" || setting === "off") return undefined;
  if (!/^https?:\/\//.test(setting)) {
    throw new Error(
      `MESH_SIX_DOWNLOADS is "${withoutPasswords(setting)}", expected "off" or the http(s) address of a mirror: change or unset it.`,
    );
  }
  if (holdsLogIn(setting)) {
    throw new Error(
      `MESH_SIX_DOWNLOADS is "${withoutPasswords(setting)}", expected an address without a log-in, which would be shown ` +
        "with each download: use a mirror that this machine may read.",
    );
  }
  return setting.replace(/\/+$/, "");
}

/** The address of a file's download: on a mirror, https://host/path lies under <mirror>/host/path. */
function address(url: string): string {
  const base = mirror();
  return base === undefined ? url : `${base}/${url.replace(/^https:\/\//, "")}`;
}

/** Opens the address; the watch needs every sign of life, and ends the request after too long a silence. */
async function open(
  url: string,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<{ response: Response; alive: () => void; close: () => void }> {
  const watch = new AbortController();
  const timer = (milliseconds: number) =>
    setTimeout(() => watch.abort(new Error(`no answer for ${milliseconds / 1000} s`)), milliseconds);
  let pending = timer(silence.answer);
  const alive = () => {
    clearTimeout(pending);
    pending = timer(silence.body);
  };
  const close = () => clearTimeout(pending);
  try {
    const response = await fetchOutside(address(url), {
      // A compressed transfer would make byte offsets meaningless.
      headers: { "accept-encoding": "identity", "user-agent": "mesh-six-infra", ...headers },
      signal: AbortSignal.any([watch.signal, signal]),
    });
    alive();
    return { response, alive, close };
  } catch (error) {
    close();
    throw error;
  }
}

/** The reason why the address does not answer, in one line; undefined when it does. */
export async function unreachable(url: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    const { response, close } = await open(url, {}, signal);
    close();
    await response.body?.cancel();
    return response.ok ? undefined : `${address(url)}: HTTP ${response.status}`;
  } catch (error) {
    return failure(url, error).message;
  }
}

/** The text at the address. @throws DownloadError */
export async function downloadText(url: string, signal: AbortSignal): Promise<string> {
  signal.throwIfAborted();
  try {
    const { response, close } = await open(url, {}, signal);
    try {
      if (!response.ok) throw new Error(`HTTP ${response.status}`);
      return await response.text();
    } finally {
      close();
    }
  } catch (error) {
    throw failure(url, error);
  }
}

/** A file to download, and its checksum. */
export interface Download {
  readonly url: string;
  /** SHA-256 of the whole file, in hexadecimal. */
  readonly sha256: string;
  /** Called with the number of bytes that came. */
  readonly received?: (bytes: number) => void;
  readonly signal: AbortSignal;
}

/**
 * Downloads a file to the path. Continues the part of a killed or cut download; a file with other content than
 * expected never gets its name.
 * @throws DownloadError
 */
export async function download(options: Download, path: string): Promise<void> {
  // Named by what it will be: whichever clone or version asks for it continues the same file.
  const part = join(cacheDirectory(), "downloads", `${options.sha256}.part`);
  await mkdir(dirname(part), { recursive: true });
  const release = await lockInCache(`${part}.lock`);
  try {
    options.signal.throwIfAborted();
    await complete(options, part);
    await rename(part, path);
  } catch (error) {
    throw failure(options.url, error);
  } finally {
    release();
  }
}

async function complete(options: Download, part: string): Promise<void> {
  const resumed = (await size(part)) > 0;
  for (let attempt = 1; ; attempt++) {
    const before = await size(part);
    try {
      await receive(options, part);
      break;
    } catch (error) {
      const cut = (await size(part)) > before;
      if (!cut || attempt === attempts || options.signal.aborted) throw error;
    }
  }
  if ((await sha256OfFile(part)) === options.sha256) return;
  await rm(part, { force: true });
  // Half of an older file may have been under the right name: once more, from the first byte.
  if (resumed) return complete(options, part);
  throw new Error("its SHA-256 is not the published one");
}

/** Appends to the part what is missing of it. */
async function receive(options: Download, part: string): Promise<void> {
  const have = await size(part);
  const { response, alive, close } = await open(
    options.url,
    have > 0 ? { range: `bytes=${have}-` } : {},
    options.signal,
  );
  try {
    // Nothing is left to send: the download was killed between its last byte and the check.
    if (response.status === 416) return;
    if (!response.ok || response.body === null) throw new Error(`HTTP ${response.status}`);
    const expected = Number(response.headers.get("content-length") ?? Number.NaN);
    const start = response.status === 206 ? have : 0;
    let received = 0;
    await pipeline(
      response.body,
      async function* (chunks: AsyncIterable<Uint8Array>) {
        for await (const chunk of chunks) {
          alive();
          received += chunk.length;
          options.received?.(chunk.length);
          yield chunk;
        }
      },
      createWriteStream(part, { flags: start > 0 ? "a" : "w" }),
    );
    if (received < expected) throw new Error(`the connection ended after ${received} of ${expected} bytes`);
  } finally {
    close();
  }
}

async function size(path: string): Promise<number> {
  return stat(path).then(
    (status) => status.size,
    () => 0,
  );
}

/** SHA-256 of a file, in hexadecimal, without reading it into memory as a whole. */
async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

function failure(url: string, cause: unknown): DownloadError {
  if (cause instanceof DownloadError) return cause;
  return new DownloadError(`${address(url)}: ${reason(cause)}`, { cause });
}

/** The innermost words of an error: fetch itself only says "fetch failed". */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause !== undefined && !(error instanceof ProxyError)) return reason(error.cause);
  return error.message || ("code" in error ? String(error.code) : error.name);
}
