/** `npm run images -- list | build NAME`: the images of agents and dashboard, built in the cluster by Kaniko. */
import { appendFileSync } from "node:fs";
import { resolve } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { untilInterrupted } from "../lib/cli/endInOrder.ts";
import { imagesOf } from "./images/catalogue.ts";
import { buildImage } from "./images/kaniko.ts";
import { runCommand } from "../lib/cli/command.ts";

const usage = `usage: npm run --silent images -- COMMAND --application FOLDER [options]

  list                     the images as a matrix for GitHub Actions, {"include": [{"name": …}]}; also $GITHUB_OUTPUT
  build NAME               builds one in the cluster and pushes it; needs tar and kubectl

  --application FOLDER     a checkout of the application's repository, which is the build context
  --only NAME,NAME         list: these alone
  --tag TAG                build: may be given several times (latest)
  --repository PREFIX      (registry.bto.bar/jaybrto/mesh-six)
  --namespace NAMESPACE    where the builder runs (mesh-six)
  --credentials SECRET     of type docker-registry, in that namespace (gitea-registry-secret)
  --executor IMAGE         (gcr.io/kaniko-project/executor:v1.24.0)

Exit code: 0 done, 1 a build failed, 2 wrong call, 130 interrupted (the builder is removed).
`;

type Call = NonNullable<ReturnType<typeof read>>;

async function run({ values, command, name }: Call): Promise<number> {
  const images = imagesOf(values.application);
  if (command === "list") {
    const wanted = values.only === "" ? undefined : values.only.split(",");
    const unknown = wanted?.find((each) => !images.some((image) => image.name === each));
    if (unknown !== undefined)
      throw new Error(`--only: ${unknown} is none of ${images.map((i) => i.name).join(", ")}`);
    const chosen = images.filter((image) => wanted?.includes(image.name) ?? true);
    const matrix = JSON.stringify({ include: chosen.map((image) => ({ name: image.name })) });
    process.stdout.write(`${matrix}\n`);
    const output = process.env["GITHUB_OUTPUT"];
    if (output) appendFileSync(output, `matrix=${matrix}\n`);
    return 0;
  }
  const image = images.find((each) => each.name === name);
  if (image === undefined)
    throw new Error(`build: expected one of ${images.map((i) => i.name).join(", ")}, got ${name}`);
  await untilInterrupted((signal) =>
    buildImage(image, { ...values, tags: values.tag }, values.application, signal),
  );
  return 0;
}

function read() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      application: { type: "string" },
      only: { type: "string", default: "" },
      tag: { type: "string", multiple: true, default: ["latest"] },
      repository: { type: "string", default: "registry.bto.bar/jaybrto/mesh-six" },
      namespace: { type: "string", default: "mesh-six" },
      credentials: { type: "string", default: "gitea-registry-secret" },
      executor: { type: "string", default: "gcr.io/kaniko-project/executor:v1.24.0" },
      help: { type: "boolean" },
    },
  });
  if (values.help) return undefined;
  const [command = "", name = ""] = positionals;
  if (command !== "list" && command !== "build")
    throw new Error(`expected list or build, got ${command || "nothing"}`);
  if (values.application === undefined) throw new Error("--application: expected a folder, got none");
  return { values: { ...values, application: resolve(values.application) }, command, name };
}

runCommand({ usage, read, run });
