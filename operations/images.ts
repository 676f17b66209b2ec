/** `npm run images -- list | build NAME | roll NAME…`: the images of agents and dashboard, tagged by their content. */
import { appendFileSync, existsSync } from "node:fs";
import { resolve } from "node:path";
import process from "node:process";
import { readCommandLine } from "../lib/cli/commandLine.ts";
import { runCommand } from "../lib/cli/command.ts";
import { untilInterrupted } from "../lib/cli/endInOrder.ts";
import { declarations } from "../settings/allSettings.ts";
import { readSetting } from "../settings/read.ts";
import { type Image, imagesOf } from "./images/catalogue.ts";
import { readTree } from "./images/gitTree.ts";
import { buildImage } from "./images/kaniko.ts";
import { type ImageRegistry, type ImageState, lookUp, openRegistry } from "./images/imageRegistry.ts";
import { roll } from "./images/roll.ts";
import { plainSetting, settingsFile } from "./stack/settingsFile.ts";

const usage = `usage: npm run --silent images -- COMMAND [options]

  list                     the images that the registry does not have yet, as a matrix for GitHub Actions:
                           {"include": [{"name", "tag"}]}; also as matrix to $GITHUB_OUTPUT
  build NAME               builds one in the cluster, pushes it, prints {"name", "tag", "digest"}; needs git, kubectl
  roll NAME...             restarts the services of these images, for stacks without a release; needs kubectl

A tag is made from the image's content: git's objects of all that goes into it, and its build arguments. An image
whose content did not change keeps its tag, so it is neither built nor rolled again.

  --application FOLDER     list, build: a checkout of the application's repository, always needed
  --ref REF                list, build: the commit of it that is meant (HEAD); uncommitted changes do not count
  --only NAME,NAME         list: these alone
  --all                    list: also those that the registry has; each with its digest
  --tag TAG                build: further tags, may be given several times
  --stack NAME             take imageRepository and imageBuilder from that stack's settings
  --repository PREFIX      the beginning of all images' names (${String(declarations.imageRepository.default)})
  --registry-config FILE   list, build: login to ask the registry with, as docker login writes it (Docker's own)
  --ca FILE                list, build: further certificates that the registry's is verified with

Exit code: 0 done, 1 a build failed or the registry refused, 2 wrong call, 130 interrupted (the builder is removed).
`;

type Call = NonNullable<ReturnType<typeof read>>;

async function run({ values, command, names }: Call): Promise<number> {
  const file = values.stack === undefined ? undefined : settingsFile(values.stack);
  if (file !== undefined && !existsSync(file))
    throw new Error(
      `--stack ${values.stack ?? ""}: expected its settings in ${file}, got no such file; name another stack`,
    );
  const setting = <K extends "imageBuilder" | "imageRepository">(name: K) =>
    readSetting(name, file === undefined ? undefined : plainSetting(file, name));
  const builder = setting("imageBuilder");
  const prefix = values.repository ?? setting("imageRepository");
  if (command === "roll") return roll(names, { namespace: builder.namespace, prefix });
  const tree = await readTree(resolve(values.application ?? "."), values.ref);
  const images = imagesOf(tree);
  const registry = openRegistry({
    prefix,
    login: values["registry-config"],
    certificates: values.ca,
  });
  if (command === "list") {
    const chosen =
      values.only === "" ? images : values.only.split(",").map((name) => named(images, name, "--only"));
    const states = await lookUp(chosen, tree, registry);
    printMatrix(values.all ? states : states.filter(({ digest }) => digest === undefined));
    return 0;
  }
  const image = named(images, names[0] ?? "", "build");
  await untilInterrupted((signal) => buildOne(image, signal));
  return 0;

  async function buildOne(wanted: Image, signal: AbortSignal): Promise<void> {
    const [state] = await lookUp([wanted], tree, registry);
    const tag = state?.tag ?? "";
    if (state?.digest === undefined) {
      const place = { repository: registry.repositoryOf(wanted.name), tags: [tag, ...values.tag], builder };
      await buildImage(wanted, place, tree, signal);
    } else process.stderr.write(`${wanted.name}: the registry has ${tag} already\n`);
    printBuilt(wanted.name, tag, await digestOf(registry, wanted.name, tag));
  }
}

/** @throws Error when what was pushed is not there */
async function digestOf(registry: ImageRegistry, name: string, tag: string): Promise<string> {
  const digest = await registry.digest(name, tag);
  if (digest !== undefined) return digest;
  throw new Error(
    `${registry.repositoryOf(name)}:${tag}: expected it in the registry after the push, got none; see the builder's lines above`,
  );
}

function printMatrix(states: readonly ImageState[]): void {
  const include = states.map(({ image, tag, digest }) => ({
    name: image.name,
    tag,
    ...(digest === undefined ? {} : { digest }),
  }));
  const matrix = JSON.stringify({ include });
  process.stdout.write(`${matrix}\n`);
  const output = process.env["GITHUB_OUTPUT"];
  // An empty matrix is an error for GitHub, so the job that has one asks first.
  if (output) appendFileSync(output, `matrix=${matrix}\nany=${String(include.length > 0)}\n`);
}

function printBuilt(name: string, tag: string, digest: string): void {
  process.stdout.write(`${JSON.stringify({ name, tag, digest })}\n`);
  const output = process.env["GITHUB_OUTPUT"];
  if (output) appendFileSync(output, `digest=${digest}\n`);
}

function named(images: readonly Image[], name: string, option: string): Image {
  const image = images.find((each) => each.name === name);
  if (image !== undefined) return image;
  throw new Error(
    `${option}: expected one of ${images.map((each) => each.name).join(", ")}, got ${name || "none"}`,
  );
}

function read() {
  const line = readCommandLine(
    {
      application: { type: "string" },
      ref: { type: "string", default: "HEAD" },
      only: { type: "string", default: "" },
      all: { type: "boolean", default: false },
      tag: { type: "string", multiple: true, default: [] },
      stack: { type: "string" },
      repository: { type: "string" },
      "registry-config": { type: "string" },
      ca: { type: "string" },
    },
    { operands: true },
  );
  if (line === undefined) return undefined;
  const { values, operands: positionals } = line;
  const [command = "", ...names] = positionals;
  if (command !== "list" && command !== "build" && command !== "roll")
    throw new Error(`expected list, build or roll, got ${command || "nothing"}`);
  if (command !== "roll" && values.application === undefined)
    throw new Error("--application: expected a folder, got none");
  const most = { list: 0, build: 1, roll: Infinity }[command];
  if (names.length > most)
    throw new Error(`${command}: expected ${most === 0 ? "no name" : "one name"}, got ${names.join(" ")}`);
  if (command !== "list" && names.length === 0) throw new Error(`${command}: expected a name, got none`);
  return { values, command, names };
}

runCommand({ usage, read, run, outlivesReader: true });
