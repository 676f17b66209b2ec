import { readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { plainSetting } from "../../../operations/stack/settingsFile.ts";
import { sandboxDirectory, type SandboxDirectory } from "../../../sandbox/place/directory.ts";
import { pushMissing, type PushPlace } from "../../../sandbox/services/application/build.ts";
import { ApplicationRepository, type Change } from "../../../sandbox/services/application/repository.ts";
import { applicationRepository, imagePrefix } from "../../../sandbox/services/application/services.ts";
import type { Release } from "../../../settings/release.ts";
import { execute, type Outcome, type SandboxStatus, type TestSandbox } from "../../support/engine/sandbox.ts";

const root = join(import.meta.dirname, "../../..");

interface PodObject {
  readonly metadata: { readonly uid: string; readonly deletionTimestamp?: string };
  readonly spec: { readonly containers: readonly { readonly name: string }[] };
  readonly status: {
    readonly containerStatuses?: readonly {
      readonly name: string;
      readonly imageID: string;
      ready: boolean;
    }[];
  };
}

/** A sandbox whose application is released as production's is. */
export class ReleasedSandbox {
  readonly sandbox: TestSandbox;
  readonly directory: SandboxDirectory;
  readonly repository: ApplicationRepository;
  readonly place: PushPlace;
  readonly #status: SandboxStatus;

  private constructor(sandbox: TestSandbox, status: SandboxStatus) {
    this.sandbox = sandbox;
    this.directory = sandboxDirectory(sandbox.directory);
    this.repository = new ApplicationRepository(applicationRepository(this.directory));
    const ports = JSON.parse(readFileSync(this.directory.ports, "utf8")) as Record<string, number>;
    this.place = { prefix: imagePrefix(ports["registry"] ?? 0), login: this.directory.registryLogin };
    this.#status = status;
  }

  static async of(sandbox: TestSandbox): Promise<ReleasedSandbox> {
    return new ReleasedSandbox(sandbox, await sandbox.status());
  }

  /** Commits, and pushes what the commit lacks. @returns the commit, and the names of the images that were pushed */
  async commit(message: string, change: Change): Promise<{ commit: string; pushed: string[] }> {
    const commit = await this.repository.commit(message, change);
    return { commit, pushed: await pushMissing(this.repository.folder, commit, this.place) };
  }

  /** A command of operations/ on the sandbox's stack, as a person runs it. */
  operate(command: "release" | "preview" | "outputs" | "recover", ...args: string[]): Promise<Outcome> {
    return execute(process.execPath, this.argv(command, args), this.environment());
  }

  /** `npm run release` with the application and the login. */
  release(...args: string[]): Promise<Outcome> {
    const { repository, place } = this;
    return this.operate(
      "release",
      ...["--application", repository.folder, "--registry-config", place.login],
      ...args,
    );
  }

  argv(command: string, args: readonly string[]): string[] {
    const script = join(root, "operations", `${command}.ts`);
    return ["--disable-warning=ExperimentalWarning", script, "--stack", "sandbox", ...args];
  }

  environment(): NodeJS.ProcessEnv {
    const { PATH: folders, ...rest } = this.#status.environment;
    const own = rest as Record<string, string>;
    return { ...process.env, ...own, PATH: [...folders, process.env["PATH"] ?? ""].join(delimiter) };
  }

  /** The release in the stack's settings. */
  written(): Release | undefined {
    return plainSetting(this.directory.settings, "release") as Release | undefined;
  }

  settingsText(): string {
    return readFileSync(this.directory.settings, "utf8");
  }

  /** Every Pod with an image of the application: its UID and digest by service. */
  async pods(): Promise<Map<string, { uid: string; digest: string; ready: boolean }>> {
    const text = await this.sandbox.kubectl("get", "pods", "-n", "mesh-six", "-o", "json");
    const { items } = JSON.parse(text) as { items: PodObject[] };
    const found = new Map<string, { uid: string; digest: string; ready: boolean }>();
    for (const { metadata, status } of items) {
      if (metadata.deletionTimestamp !== undefined) continue;
      for (const { imageID, ready } of status.containerStatuses ?? []) {
        if (!imageID.startsWith(`${this.place.prefix}-`)) continue;
        const [service = "", digest = ""] = imageID.slice(this.place.prefix.length + 1).split("@");
        found.set(service, { uid: metadata.uid, digest, ready });
      }
    }
    return found;
  }

  /** Digest of every service's Pod. */
  async digests(): Promise<Record<string, string>> {
    return Object.fromEntries([...(await this.pods())].map(([service, { digest }]) => [service, digest]));
  }
}
