/**
 * Stands for the cluster's Kaniko: `kubectl run` with the builder's Pod and the build context on standard input, which
 * becomes the one layer of an image that is pushed to each of its destinations. $REGISTRY_LOGIN is the file with the
 * login, which the Pod would have mounted.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import process from "node:process";
import { gunzipSync } from "node:zlib";
import { Registry } from "../../../lib/registry/client.ts";
import { credentialsOf } from "../../../lib/registry/credentials.ts";
import { pushImage } from "../../../lib/registry/image.ts";
import type { builderPod } from "../../../operations/images/kaniko.ts";
import { faultsLabel } from "../../../sandbox/services/application/labels.ts";
import { faultsOf } from "../../../sandbox/services/application/sources.ts";

const option = (name: string, args: readonly string[]) =>
  args.filter((arg) => arg.startsWith(`--${name}=`)).map((arg) => arg.slice(name.length + 3));

const [overrides = ""] = option("overrides", process.argv);
const { spec } = JSON.parse(overrides) as ReturnType<typeof builderPod>;
const args = spec.containers[0]?.args ?? [];
const app = option("build-arg", args)
  .map((argument) => argument.split("=")[1])
  .join("");
const layer = readFileSync(process.stdin.fd);
const archive = gunzipSync(layer);
const files = execFileSync("tar", ["-t"], { input: archive }).toString().split("\n");
const path = faultsOf(app);
const faults = files.includes(path)
  ? execFileSync("tar", ["-xO", path], { input: archive }).toString().trim()
  : "";
for (const destination of option("destination", args)) {
  const slash = destination.indexOf("/");
  const colon = destination.lastIndexOf(":");
  const host = destination.slice(0, slash);
  const registry = new Registry(host, { credentials: credentialsOf(host, process.env["REGISTRY_LOGIN"]) });
  await pushImage(registry, destination.slice(slash + 1, colon), destination.slice(colon + 1), {
    layer,
    contentDigest: `sha256:${createHash("sha256").update(archive).digest("hex")}`,
    labels: { [faultsLabel]: faults },
  });
}
