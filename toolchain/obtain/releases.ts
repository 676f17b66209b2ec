import { chmod, mkdir, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { contentKey, findEntry, makeEntry } from "./cache.ts";
import { download, DownloadError, type Download, downloadsAllowed, downloadText } from "./download.ts";
import { goarch, goos } from "./go.ts";
import { waitingFor, type PartContext } from "../parts/part.ts";
import { step } from "../progress.ts";
import { run } from "../../lib/process/run.ts";
import { versions } from "../versions.ts";

/** One file of a project's release. */
interface Asset {
  /** The program's name in the cache entry. */
  readonly program: string;
  readonly url: string;
  /**
   * The project's address of the file's SHA-256, and the way to read it there. The checksums are not pinned in this
   * repository: they protect against a broken or swapped file, not against a project that was broken into.
   */
  readonly checksum: { readonly url: string; readonly read: (text: string) => string | undefined };
  /** Path of the program in the file, when that is a .tar.gz. */
  readonly member?: string;
}

/** A set of release binaries that are of use only together. */
export interface Release {
  /** Its name in the cache: "control-plane". */
  readonly name: string;
  /** Its name for a person: "control plane". */
  readonly title: string;
  readonly assets: readonly Asset[];
  /** GOOS/GOARCH pairs the projects publish it for. */
  readonly platforms: readonly string[];
}

const platform = `${goos}/${goarch}`;
const kubernetes = `https://dl.k8s.io/release/v${versions.kubernetes}/bin/${platform}`;
const etcd = `https://github.com/etcd-io/etcd/releases/download/v${versions.etcd}`;
const etcdArchive = `etcd-v${versions.etcd}-${goos}-${goarch}`;
const kwokFile = `kwok-${goos}-${goarch}`;

/** Kubernetes publishes its servers for Linux only. */
export const servers: Release = {
  name: "control-plane",
  title: "control plane",
  platforms: ["linux/amd64", "linux/arm64"],
  assets: [
    ...["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl"].map((program) => ({
      program,
      url: `${kubernetes}/${program}`,
      checksum: { url: `${kubernetes}/${program}.sha256`, read: onlyWord },
    })),
    {
      program: "etcd",
      url: `${etcd}/${etcdArchive}.tar.gz`,
      checksum: { url: `${etcd}/SHA256SUMS`, read: (text) => lineOf(text, `${etcdArchive}.tar.gz`) },
      member: `${etcdArchive}/etcd`,
    },
  ],
};

/** kwok has no checksum file; GitHub itself publishes a digest of every file of a release. */
export const kwok: Release = {
  name: "kwok",
  title: "simulated node (kwok)",
  platforms: ["linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64"],
  assets: [
    {
      program: "kwok",
      url: `https://github.com/kubernetes-sigs/kwok/releases/download/v${versions.kwok}/${kwokFile}`,
      checksum: {
        url: `https://api.github.com/repos/kubernetes-sigs/kwok/releases/tags/v${versions.kwok}`,
        read: (text) => digestOf(text, kwokFile),
      },
    },
  ],
};

const argocdFile = `argocd-${goos}-${goarch}`;
const argocdFiles = `https://github.com/argoproj/argo-cd/releases/download/v${versions.argocd}`;
const kustomizeFile = `kustomize_v${versions.kustomize}_${goos}_${goarch}.tar.gz`;
const kustomizeFiles = `https://github.com/kubernetes-sigs/kustomize/releases/download/kustomize%2Fv${versions.kustomize}`;

/** The command-line program of Argo CD holds its servers as well. */
export const argocd: Release = {
  name: "argocd",
  title: "servers of Argo CD",
  platforms: ["linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64"],
  assets: [
    {
      program: "argocd",
      url: `${argocdFiles}/${argocdFile}`,
      checksum: {
        url: `${argocdFiles}/cli_checksums.txt`,
        read: (text) => lineOf(text, argocdFile),
      },
    },
    {
      program: "kustomize",
      url: `${kustomizeFiles}/${kustomizeFile}`,
      checksum: { url: `${kustomizeFiles}/checksums.txt`, read: (text) => lineOf(text, kustomizeFile) },
      member: "kustomize",
    },
  ],
};

const hexadecimal = /^[0-9a-f]{64}$/;

/** The checksum in a file that holds nothing else (or the file's name after it). */
export function onlyWord(text: string): string | undefined {
  const word = text.trim().split(/\s+/)[0] ?? "";
  return hexadecimal.test(word) ? word : undefined;
}

/** The checksum of one file in the form sha256sum writes: a line for each file, checksum first. */
export function lineOf(text: string, file: string): string | undefined {
  const line = text.split("\n").find((candidate) => candidate.trim().split(/\s+\*?/)[1] === file);
  return line === undefined ? undefined : onlyWord(line);
}

/** The digest GitHub's API gives for one file of a release. */
export function digestOf(text: string, file: string): string | undefined {
  let release: { assets?: { name?: string; digest?: string | null }[] };
  try {
    release = JSON.parse(text) as typeof release;
  } catch {
    return undefined;
  }
  const digest = release.assets?.find((asset) => asset.name === file)?.digest ?? "";
  return onlyWord(digest.replace(/^sha256:/, ""));
}

function keyOf(release: Release): string {
  return contentKey(release.assets.flatMap((asset) => [asset.program, asset.url]));
}

/** The folder of the downloaded programs, or undefined when they have not been downloaded. */
export function findRelease(release: Release): string | undefined {
  return findEntry(`${release.name}-release`, keyOf(release));
}

/**
 * Downloads the programs and returns their folder; undefined, after one line with the reason, when that does
 * not work: they are built then.
 */
export async function obtainRelease(release: Release, context: PartContext): Promise<string | undefined> {
  if (!downloadsAllowed() || !release.platforms.includes(platform)) return undefined;
  const waiting = waitingFor(`downloads the ${release.title}`, context);
  try {
    return await makeEntry(`${release.name}-release`, keyOf(release), waiting, (directory) =>
      fetchAll(release, directory, context),
    );
  } catch (error) {
    if (!(error instanceof DownloadError) || context.signal.aborted) throw error;
    context.progress(`the ${release.title} could not be downloaded, so it is built (${error.message})`);
    return undefined;
  }
}

async function fetchAll(release: Release, directory: string, context: PartContext): Promise<void> {
  // The checksums first: they are small, and where nothing can be downloaded this is soon known.
  const sums = await allOrNone(release.assets, context.signal, checksum);
  let bytes = 0;
  const received = (more: number) => (bytes += more);
  const detail = () => `${Math.round(bytes / 1e6)} MB`;
  await step(context.progress, `downloading the ${release.title}`, { detail }, () =>
    allOrNone(release.assets, context.signal, (asset, signal, i) =>
      fetchAsset(asset, directory, { url: asset.url, sha256: sums[i] ?? "", received, signal }),
    ),
  );
}

/** Does the work for all side by side; the first failure ends the others, which are of no use without it. */
async function allOrNone<T>(
  assets: readonly Asset[],
  outer: AbortSignal,
  work: (asset: Asset, signal: AbortSignal, i: number) => Promise<T>,
): Promise<T[]> {
  const abort = new AbortController();
  const signal = AbortSignal.any([abort.signal, outer]);
  const running = assets.map((asset, i) =>
    work(asset, signal, i).catch((error: unknown) => {
      abort.abort(error);
      throw error;
    }),
  );
  await Promise.allSettled(running);
  if (abort.signal.aborted) throw abort.signal.reason as Error;
  return Promise.all(running);
}

async function checksum(asset: Asset, signal: AbortSignal): Promise<string> {
  const sha256 = asset.checksum.read(await downloadText(asset.checksum.url, signal));
  if (sha256 !== undefined) return sha256;
  throw new DownloadError(`${asset.checksum.url}: holds no SHA-256 of ${basename(asset.url)}`);
}

async function fetchAsset(asset: Asset, directory: string, options: Download): Promise<void> {
  const program = join(directory, asset.program);
  if (asset.member === undefined) {
    await download(options, program);
  } else {
    const archive = `${program}.tar.gz`;
    await download(options, archive);
    await unpack(archive, asset.member, directory, options.signal);
  }
  await chmod(program, 0o755);
}

/** Takes one program out of the archive and removes the archive. */
async function unpack(
  archive: string,
  member: string,
  directory: string,
  signal: AbortSignal,
): Promise<void> {
  const folder = `${archive}.unpacked`;
  await mkdir(folder);
  const outcome = await run("tar", ["-xzf", archive, "-C", folder, member], { signal });
  if (outcome.code !== 0) throw new DownloadError(`tar cannot unpack ${archive}: ${outcome.stderr.trim()}`);
  await rename(join(folder, member), join(directory, basename(member)));
  await rm(folder, { recursive: true });
  await rm(archive);
}
