import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { dirname, join } from "node:path";
import { ended } from "../../lib/process/ended.ts";
import type { ImageBuilder } from "../../settings/release.ts";
import { projectRoot } from "../stack/environment.ts";
import type { Image } from "./catalogue.ts";
import { filesIn } from "./contentTag.ts";
import type { GitTree } from "./gitTree.ts";

/** Place and name of an image that is built. */
export interface BuildPlace {
  /** As in `registry.bto.bar/jaybrto/mesh-six-simple-agent`. */
  readonly repository: string;
  readonly tags: readonly string[];
  readonly builder: ImageBuilder;
}

/** The Pod that builds one image from the archive on its standard input, and pushes it. */
export function builderPod(image: Image, { repository, tags, builder }: BuildPlace) {
  const { certificates } = builder;
  const destinations = tags.map((tag) => `--destination=${repository}:${tag}`);
  const aliases = Object.entries(builder.hostAliases).map(([ip, hostnames]) => ({ ip, hostnames }));
  return {
    apiVersion: "v1",
    spec: {
      restartPolicy: "Never",
      automountServiceAccountToken: false,
      activeDeadlineSeconds: 3600,
      ...(builder.pullSecrets.length === 0
        ? {}
        : { imagePullSecrets: builder.pullSecrets.map((name) => ({ name })) }),
      ...(aliases.length === 0 ? {} : { hostAliases: aliases }),
      containers: [
        {
          name: "kaniko",
          image: builder.executor,
          args: [
            "--context=tar://stdin",
            `--dockerfile=${image.dockerfile}`,
            ...image.buildArguments.map((argument) => `--build-arg=${argument}`),
            ...destinations,
            "--reproducible",
            "--push-retry=3",
          ],
          stdin: true,
          stdinOnce: true,
          resources: builder.resources,
          volumeMounts: [
            { name: "registry", mountPath: "/kaniko/.docker", readOnly: true },
            ...(certificates === undefined
              ? []
              : [
                  {
                    name: "certificates",
                    mountPath: "/kaniko/ssl/certs/additional-ca-cert-bundle.crt",
                    subPath: certificates.key,
                    readOnly: true,
                  },
                ]),
          ],
        },
      ],
      volumes: [
        {
          name: "registry",
          secret: {
            secretName: builder.credentials,
            items: [{ key: ".dockerconfigjson", path: "config.json" }],
          },
        },
        ...(certificates === undefined
          ? []
          : [{ name: "certificates", configMap: { name: certificates.configMap } }]),
      ],
    },
  };
}

/**
 * Arguments of git for the build context: exactly the committed files that the image's tag is made from, so that
 * nothing else can get into the image.
 */
export function contextArguments(image: Image, tree: GitTree, root = projectRoot): string[] {
  const own = image.folders.flatMap((folder) =>
    filesIn(join(root, folder)).flatMap((file) => [
      `--prefix=${dirname(join(folder, file))}/`,
      `--add-file=${join(root, folder, file)}`,
    ]),
  );
  const paths = image.paths.includes("") ? [] : image.paths;
  return ["-C", tree.folder, "archive", "--format=tar.gz", ...own, "--prefix=", tree.commit, "--", ...paths];
}

/**
 * Builds and pushes the image by a Pod of its own, which is removed afterwards. Needs git, and a kubectl that may run
 * Pods in the namespace. The credentials reach the Pod as a file; they pass neither this process nor an argument.
 *
 * @param signal - ends it, and removes the Pod
 * @throws Error when the build fails; Kaniko's own lines have gone to standard error by then
 */
export async function buildImage(
  image: Image,
  place: BuildPlace,
  tree: GitTree,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const pod = `build-${image.name}-${randomBytes(4).toString("hex")}`;
  const { builder } = place;
  const overrides = JSON.stringify(builderPod(image, place));
  const flags = [
    "--namespace",
    builder.namespace,
    "--image",
    builder.executor,
    "--restart=Never",
    "--pod-running-timeout=10m",
  ];
  const run = ["run", pod, ...flags, "--stdin", "--rm", "--quiet", `--overrides=${overrides}`];
  const archive = spawn("git", contextArguments(image, tree), { stdio: ["ignore", "pipe", "inherit"] });
  // Standard output is for this command's own result.
  const kubectl = spawn("kubectl", run, { stdio: [archive.stdout, 2, "inherit"] });
  // kubectl has its own hold of the pipe: with this one gone, git notices when kubectl ends early.
  archive.stdout.destroy();
  const end = () => [archive, kubectl].forEach((child) => child.kill());
  signal.addEventListener("abort", end);
  const [packed, built] = await Promise.all([ended(archive), ended(kubectl)])
    .catch((error: unknown) => {
      const { code, message, path } = error as NodeJS.ErrnoException;
      const remedy = code === "ENOENT" ? `install ${String(path)}` : "see to it and try again";
      throw new Error(`${image.name}: expected git and kubectl to start, got: ${message}; ${remedy}`, {
        cause: error,
      });
    })
    .finally(() => signal.removeEventListener("abort", end));
  if (built !== 0) {
    // A kubectl that was ended, or lost the cluster, has not come to its own --rm.
    const gone = [
      "delete",
      "pod",
      pod,
      "--namespace",
      builder.namespace,
      "--ignore-not-found",
      "--wait=false",
    ];
    await ended(spawn("kubectl", gone, { stdio: "ignore" }));
    signal.throwIfAborted();
    throw new Error(
      `${image.name}: building or pushing failed (kubectl run ${pod} exited ${built}); see the lines above`,
    );
  }
  if (packed !== 0) throw new Error(`${image.name}: packing ${tree.folder} failed (git exited ${packed})`);
}
