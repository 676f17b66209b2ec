import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { projectRoot } from "../stack/environment.ts";
import type { Image } from "./catalogue.ts";

/** Where and as what images are built. */
export interface BuildPlace {
  /** As in `registry.bto.bar/jaybrto/mesh-six`; the image's name follows after a dash. */
  readonly repository: string;
  /** Tags of every image. */
  readonly tags: readonly string[];
  /** Namespace the builder runs in. */
  readonly namespace: string;
  /** Secret of type docker-registry there. */
  readonly credentials: string;
  /** Image of Kaniko's executor. */
  readonly executor: string;
}

/** The Pod that builds one image from the archive on its standard input, and pushes it. */
export function builderPod(image: Image, place: BuildPlace) {
  const destinations = place.tags.map((tag) => `--destination=${place.repository}-${image.name}:${tag}`);
  return {
    apiVersion: "v1",
    spec: {
      restartPolicy: "Never",
      automountServiceAccountToken: false,
      activeDeadlineSeconds: 3600,
      containers: [
        {
          name: "kaniko",
          image: place.executor,
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
          resources: { requests: { cpu: "250m", memory: "512Mi" }, limits: { cpu: "2", memory: "3Gi" } },
          volumeMounts: [{ name: "registry", mountPath: "/kaniko/.docker", readOnly: true }],
        },
      ],
      volumes: [
        {
          name: "registry",
          secret: {
            secretName: place.credentials,
            items: [{ key: ".dockerconfigjson", path: "config.json" }],
          },
        },
      ],
    },
  };
}

/** Arguments of tar for the build context: the application, and over it the folders of this project. */
export function contextArguments(image: Image, application: string): string[] {
  const left = ["--exclude=./.git", "--exclude=node_modules"];
  const over = image.folders.length === 0 ? [] : ["-C", projectRoot, ...image.folders];
  return ["-cz", ...left, "-C", application, ".", ...over];
}

/**
 * Builds and pushes the image by a Pod of its own, which is removed afterwards. Needs tar, and a kubectl that may run
 * Pods in the namespace. The credentials reach the Pod as a file; they pass neither this process nor an argument.
 *
 * @param signal - ends it, and removes the Pod
 * @throws Error when the build fails; Kaniko's own lines have gone to standard error by then
 */
export async function buildImage(
  image: Image,
  place: BuildPlace,
  application: string,
  signal: AbortSignal,
): Promise<void> {
  const pod = `build-${image.name}-${randomBytes(4).toString("hex")}`;
  const overrides = JSON.stringify(builderPod(image, place));
  const flags = [
    "--namespace",
    place.namespace,
    "--image",
    place.executor,
    "--restart=Never",
    "--pod-running-timeout=10m",
  ];
  const run = ["run", pod, ...flags, "--stdin", "--rm", "--quiet", `--overrides=${overrides}`];
  const tar = spawn("tar", contextArguments(image, application), { stdio: ["ignore", "pipe", "inherit"] });
  const kubectl = spawn("kubectl", run, { stdio: [tar.stdout, "inherit", "inherit"] });
  // kubectl has its own hold of the pipe: with this one gone, tar notices when kubectl ends early.
  tar.stdout.destroy();
  const end = () => [tar, kubectl].forEach((child) => child.kill());
  signal.addEventListener("abort", end);
  const [packed, built] = await Promise.all([ended(tar), ended(kubectl)]);
  if (built !== 0) {
    // A kubectl that was ended, or lost the cluster, has not come to its own --rm.
    const gone = ["delete", "pod", pod, "--namespace", place.namespace, "--ignore-not-found", "--wait=false"];
    await ended(spawn("kubectl", gone, { stdio: "ignore" }));
    signal.throwIfAborted();
    throw new Error(
      `${image.name}: building or pushing failed (kubectl run ${pod} exited ${built}); see the lines above`,
    );
  }
  if (packed !== 0) throw new Error(`${image.name}: packing ${application} failed (tar exited ${packed})`);
}

function ended(child: ReturnType<typeof spawn>): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(signal === null ? (code ?? 1) : 128));
  });
}
