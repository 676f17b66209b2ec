import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { Api, type Collection } from "./api.ts";
import { deleteTracked, reconcile } from "./application.ts";
import { collectionsOf, type Application, type Surroundings } from "./comparison.ts";
import { Sources } from "./sources.ts";

/*
 * Stands for ArgoCD in the sandbox: watches the Applications of one namespace, renders the overlay with their
 * patches by real kustomize, applies, prunes and heals in the namespace they name, and keeps their status.
 * A source in a repository on this machine is fetched at its revision; every other one is the one overlay, whatever
 * its repository, revision and path.
 *
 * Run as `reconciler.ts CONFIG`, CONFIG the path of a JSON file of this shape.
 */
interface Config {
  readonly kubeconfig: string;
  readonly context?: string;
  /** kubectl's command and its first arguments. */
  readonly kubectl: readonly string[];
  /** Folder of the overlay that stands for repositories that are not on this machine. */
  readonly overlay: string;
  /** Folder for what is fetched of repositories on this machine. */
  readonly cache: string;
  /** Namespace of the Applications. */
  readonly namespace?: string;
  /** The time in which changes are gathered before they are acted on, in milliseconds. */
  readonly gather?: number;
}

const refresh = "argocd.argoproj.io/refresh";
/** Any of its variants makes ArgoCD delete an Application's objects with it. */
const cascade = /^resources-finalizer\.argocd\.argoproj\.io(\/(foreground|background))?$/;
/** Options for hooks before or after a sync; the overlay has none. */
const hooks = /^(post|pre)-delete-finalizer\.argocd\.argoproj\.io(\/|$)/;

class Reconciler {
  readonly #config: Config;
  readonly #surroundings: Omit<Surroundings, "overlay">;
  readonly #sources: Sources;
  /** Controllers that end the watches of an Application's namespace. */
  readonly #known = new Map<string, AbortController>();
  readonly #due = new Set<string>();
  /** The number of failures in a row of an Application. */
  readonly #failures = new Map<string, number>();
  #working: Promise<void> = Promise.resolve();

  constructor(config: Config) {
    this.#config = config;
    this.#surroundings = {
      api: new Api(config.kubeconfig, config.context),
      namespace: config.namespace ?? "argocd",
      log,
    };
    this.#sources = new Sources(config);
  }

  async run(): Promise<never> {
    const { api } = this.#surroundings;
    const namespace = this.#config.namespace ?? "argocd";
    for (;;) {
      // Neither the API server nor the CRD need be there yet.
      const applications = await api
        .collection("argoproj.io/v1alpha1", "Application", namespace)
        .catch(() => undefined);
      if (applications === undefined) await sleep(1_000);
      else
        await this.#follow(
          applications,
          (name) => this.#plan(applications, name),
          new AbortController().signal,
        );
    }
  }

  /** Watches a collection for good: every object there is and every change. */
  async #follow(collection: Collection, changed: (name: string) => void, signal: AbortSignal): Promise<void> {
    const { api } = this.#surroundings;
    let pause = 500;
    while (!signal.aborted) {
      try {
        const { items, resourceVersion } = await api.list(collection);
        for (const { metadata } of items) changed(metadata.name);
        pause = 500;
        const seen = ({ type, object }: { type: string; object: { metadata: { name: string } } }) => {
          if (type === "ERROR") throw new Error("the watch is too old");
          if (type !== "BOOKMARK") changed(object.metadata.name);
        };
        await api.watch(collection, resourceVersion, seen, signal);
      } catch (error) {
        if (signal.aborted) return;
        log(
          `${collection.kind}: ${error instanceof Error ? error.message : String(error)}; again in ${String(pause / 1000)} s`,
        );
        await sleep(pause);
        pause = Math.min(pause * 2, 10_000);
      }
    }
  }

  /** Acts on an Application soon; what else changes until then is acted on with it, one at a time. */
  #plan(applications: Collection, name: string): void {
    if (this.#due.has(name)) return;
    this.#due.add(name);
    setTimeout(() => {
      this.#working = this.#working.then(async () => {
        this.#due.delete(name);
        try {
          await this.#act(applications, name);
          this.#failures.delete(name);
        } catch (error) {
          this.#again(applications, name, error);
        }
      });
    }, this.#config.gather ?? 200);
  }

  /** A failure may have been the moment's: as ArgoCD's queue does, it tries again, later and later. */
  #again(applications: Collection, name: string, error: unknown): void {
    const failures = (this.#failures.get(name) ?? 0) + 1;
    this.#failures.set(name, failures);
    const pause = Math.min(500 * 2 ** failures, 10_000);
    const reason = error instanceof Error ? error.message : String(error);
    log(`Application ${name}: ${reason}; again in ${String(pause / 1000)} s`);
    setTimeout(() => this.#plan(applications, name), pause);
  }

  /** Acts on the Application whenever one of its objects changes. */
  async #watch(
    applications: Collection,
    application: Application,
    overlay: Surroundings["overlay"],
  ): Promise<void> {
    const { name } = application.metadata;
    const objects = await overlay.render().catch(() => undefined);
    // The status tells of an overlay that cannot be had.
    if (objects === undefined) return;
    const collections = await collectionsOf(application, objects, this.#surroundings.api);
    const stop = new AbortController();
    this.#known.set(name, stop);
    for (const collection of collections)
      void this.#follow(collection, () => this.#plan(applications, name), stop.signal);
  }

  async #act(applications: Collection, name: string): Promise<void> {
    const { api } = this.#surroundings;
    const found = (await api.list(applications)).items.find(({ metadata }) => metadata.name === name);
    const application = found as Application | undefined;
    if (application === undefined) {
      this.#known.get(name)?.abort();
      this.#known.delete(name);
      return;
    }
    const overlay = await this.#sources.of(application.spec.source).catch(unreadable);
    const surroundings = { ...this.#surroundings, overlay };
    if (application.metadata.deletionTimestamp !== undefined) {
      const finalizers = application.metadata.finalizers ?? [];
      const rest = finalizers.filter((other) => !cascade.test(other) && !hooks.test(other));
      if (rest.length === finalizers.length) return;
      if (finalizers.some((one) => cascade.test(one))) await deleteTracked(application, surroundings);
      await api.patch(applications, name, [{ op: "replace", path: "/metadata/finalizers", value: rest }]);
      return;
    }
    if (!this.#known.has(name)) await this.#watch(applications, application, overlay);
    const { status, again, operated = false } = await reconcile(application, surroundings);
    if (again !== undefined) setTimeout(() => this.#plan(applications, name), again);
    const asked = application.metadata.annotations?.[refresh] !== undefined;
    const operation = operated ? application.operation : undefined;
    const isSame = isDeepStrictEqual(timeless(application.status), timeless(status));
    if (!asked && operation === undefined && isSame) return;
    await api.patch(applications, name, [
      { op: "add", path: "/status", value: status },
      // One that was asked for since is not the one that was carried out.
      ...(operation === undefined
        ? []
        : [
            { op: "test", path: "/operation", value: operation },
            { op: "remove", path: "/operation" },
          ]),
      ...(asked ? [{ op: "remove", path: `/metadata/annotations/${refresh.replace("/", "~1")}` }] : []),
    ]);
  }
}

/** In the place of an overlay that cannot be had: the comparison fails with the reason, as with Argo CD. */
function unreadable(reason: Error): Surroundings["overlay"] {
  return { revision: () => "", render: () => Promise.reject(reason) };
}

/** The status without the time at which it was found. */
function timeless(status: object = {}): unknown {
  const entries = Object.entries(status).filter(([field]) => field !== "reconciledAt");
  return JSON.parse(JSON.stringify(Object.fromEntries(entries))) as unknown;
}

function log(line: string): void {
  console.log(`${new Date().toISOString()} ${line}`);
}

const [path = ""] = process.argv.slice(2);
await new Reconciler(JSON.parse(readFileSync(path, "utf8")) as Config).run();
