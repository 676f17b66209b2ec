import { join } from "node:path";
import { UsageError } from "../../lib/cli/commandLine.ts";
import { plainSetting, writePlainSetting } from "../../operations/stack/settingsFile.ts";
import type { Sandbox } from "../place/sandbox.ts";
import { pushMissing, type PushPlace } from "../services/application/build.ts";
import { ApplicationRepository } from "../services/application/repository.ts";
import {
  application,
  applicationRepository,
  applicationUrl,
  imagePrefix,
  registry,
} from "../services/application/services.ts";
import { broken, changed, faultsOf, firstSources, services } from "../services/application/sources.ts";
import { meshSix } from "../services/nodeService.ts";
import { bringUp, runOnStack } from "./besideMeshSix.ts";
import type { Screen } from "./screen.ts";

const kinds = ["NEXT", "BAD", "PREVIOUS"] as const;
export type ReleaseKind = (typeof kinds)[number];

/** The service whose image a bad release spoils, and the fault that the smoke tests find. */
const spoilt = { service: "simple-agent", fault: "memory-lost" };

/** @throws UsageError where it is none */
export function readReleaseKind([word = "", ...more]: readonly string[]): ReleaseKind {
  const kind = kinds.find((each) => each === word.toUpperCase());
  if (kind !== undefined && more.length === 0) return kind;
  throw new UsageError(
    `release: expected ${kinds.join(", ")}, got ${[word, ...more].join(" ") || "nothing"}`,
  );
}

/**
 * Releases the sandbox's application as production's is: images pushed to a registry, `npm run release -- --apply`, and
 * a page that shows when each part was. The exit code is that command's.
 */
export async function runRelease(sandbox: Sandbox, screen: Screen, kind: ReleaseKind): Promise<number> {
  const { directory } = sandbox;
  const up = await bringUp(sandbox, screen, "release", [
    registry,
    application,
    meshSix({ faults: [], pace: 2_000 }),
  ]);
  if (typeof up === "number") return up;
  const { context, signal } = up;
  const place: PushPlace = {
    prefix: imagePrefix(context.port("registry")),
    login: directory.registryLogin,
  };
  const repository = new ApplicationRepository(applicationRepository(directory));
  writePlainSetting(directory.settings, "imageRepository", place.prefix);
  writePlainSetting(directory.settings, "argocdRepository", applicationUrl(context.port("application")));
  const always = ["--application", repository.folder, "--registry-config", place.login, "--apply"];
  const run = (args: readonly string[], documents: boolean) =>
    runOnStack(sandbox, screen, { name: "release", args: [...always, ...args], documents }, signal);

  if (plainSetting(directory.settings, "release") === undefined) {
    screen.heading("The first release, so that there is one to move from");
    if ((await repository.head()) === undefined)
      await repository.commit("The application", firstSources(place.prefix));
    const first = await push(repository, place, screen);
    const code = await run(["--ref", first], false);
    if (code !== 0) {
      const failure = code === 130 ? "interrupted" : "the first release failed; see its lines on stderr";
      screen.document({ succeeded: false, failure });
      return code;
    }
  }
  const page = join(directory.root, `release-${kind.toLowerCase()}.html`);
  screen.heading(titles[kind]);
  if (kind === "PREVIOUS") return run(["--rollback", "--timeline", page], true);
  await change(repository, kind);
  return run(["--ref", await push(repository, place, screen), "--timeline", page], true);
}

const titles: Readonly<Record<ReleaseKind, string>> = {
  NEXT: "A release in which three services changed",
  BAD: `A release whose ${spoilt.service} forgets earlier messages, which the smoke tests find`,
  PREVIOUS: "Back to the release before",
};

/** Commits the next state of the application. */
async function change(repository: ApplicationRepository, kind: "NEXT" | "BAD"): Promise<void> {
  const version = (await repository.count()) + 1;
  if (kind === "BAD") {
    const { service, fault } = spoilt;
    await repository.commit(`Spoil ${service}`, broken(service, fault, version));
    return;
  }
  const names = [0, 1, 2].map((at) => services[(version * 3 + at) % services.length] ?? "");
  const path = faultsOf(spoilt.service);
  const mended = (await repository.read(path)) === undefined ? {} : { [path]: undefined };
  await repository.commit(`Change ${names.join(", ")}`, { ...changed(names, version), ...mended });
}

/** Pushes the images that the newest commit lacks. @returns the commit */
async function push(repository: ApplicationRepository, place: PushPlace, screen: Screen): Promise<string> {
  const commit = await repository.head();
  if (commit === undefined) throw new Error(`${repository.folder} has no commit.`);
  const pushed = await pushMissing(repository.folder, commit, place);
  screen.step(`Pushed ${pushed.length === 0 ? "no image: the registry has all" : pushed.join(", ")}.`);
  return commit;
}
