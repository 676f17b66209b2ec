import { Registry } from "../../../lib/registry/client.ts";
import { credentialsOf } from "../../../lib/registry/credentials.ts";
import { imageLabels } from "../../../lib/registry/image.ts";
import { faultsLabel, revisionLabel } from "../../services/application/labels.ts";
import type { Pod } from "./cluster.ts";
import { isFault, type Fault } from "./faults.ts";

/** The labels of a service's newest image. */
interface Version {
  /** Commit that the image was made of. */
  readonly revision: string;
  readonly faults: readonly string[];
}

/** The running versions: for each service the image of its newest Pod, as the sandbox's registry knows it. */
export class Versions {
  readonly #login: string;
  readonly #known = new Map<string, Promise<Version | undefined>>();
  readonly #running = new Map<string, Version>();

  /** @param login - file with the registry's login */
  constructor(login: string) {
    this.#login = login;
  }

  /** Abbreviated commit of a service; undefined where its image is not of the sandbox's registry. */
  of(service: string): string | undefined {
    return this.#running.get(service)?.revision.slice(0, 12);
  }

  /** Faults of the simulated mesh-six that are in the images which run. */
  get faults(): readonly Fault[] {
    return [...this.#running.values()].flatMap(({ faults }) => faults.filter(isFault));
  }

  /** Notes a new Pod. @returns whether its container ends again and again */
  async note(service: string, pod: Pod): Promise<boolean> {
    const image = pod.status?.containerStatuses?.find(({ name }) => name === service)?.imageID ?? "";
    const version = image.startsWith("127.0.0.1:") ? await this.#read(image) : undefined;
    if (version === undefined) this.#running.delete(service);
    else this.#running.set(service, version);
    return version?.faults.includes("crash") === true;
  }

  #read(image: string): Promise<Version | undefined> {
    const known = this.#known.get(image);
    if (known !== undefined) return known;
    const slash = image.indexOf("/");
    const host = image.slice(0, slash);
    const [repository = "", digest = ""] = image.slice(slash + 1).split("@");
    const found = this.#labels(host, repository, digest).catch((error: unknown) => {
      process.stderr.write(`${image}: ${(error as Error).message}\n`);
      this.#known.delete(image);
      return undefined;
    });
    this.#known.set(image, found);
    return found;
  }

  async #labels(host: string, repository: string, digest: string): Promise<Version> {
    const registry = new Registry(host, { credentials: credentialsOf(host, this.#login) });
    const labels = await imageLabels(registry, repository, digest);
    const named = labels[faultsLabel] ?? "";
    return { revision: labels[revisionLabel] ?? "", faults: named.split(/\s+/).filter(Boolean) };
  }
}
