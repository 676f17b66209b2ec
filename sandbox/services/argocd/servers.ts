import { mkdirSync } from "node:fs";
import { connect } from "node:net";
import { delimiter, dirname, join } from "node:path";
import type { ArgoCd } from "../../../toolchain/parts/argocd.ts";
import type { Service, ServiceContext } from "../service.ts";
import { prepareRepository } from "./repository.ts";

/*
 * The real Argo CD, as its own Procfile runs it outside a cluster: a cache, the repository server, and the
 * application controller. Its API server and page are left out: kubectl does all that is needed.
 */

/** Seconds after which it compares a source again without being asked; production's three minutes are long to wait for. */
const resync = 20;

function toolsOf(context: ServiceContext): ArgoCd {
  if (context.toolchain.argocd === undefined)
    throw new Error("Argo CD was not asked for when the toolchain was made.");
  return context.toolchain.argocd;
}

/** Argo CD's cache. It holds nothing that cannot be made again. */
export const argocdRedis: Service = {
  name: "argocd-redis",
  after: [],
  listens: true,
  launch: (context) => ({
    argv: [...toolsOf(context).redis, "--port", String(context.port("argocd-redis"))],
    environment: cachePassword(context),
  }),
  probe: (context) => accepts(context.port("argocd-redis")),
};

/** Renders the overlay with an Application's patches, by real kustomize. */
export const argocdRepoServer: Service = {
  name: "argocd-repo-server",
  after: ["argocd-redis"],
  listens: true,
  async prepare(context) {
    mkdirSync(temporary(context), { recursive: true, mode: 0o700 });
    await prepareRepository(context.directory);
  },
  launch: (context) => ({
    argv: [
      toolsOf(context).argocd,
      "--address=127.0.0.1",
      `--port=${String(context.port("argocd-repo-server"))}`,
      "--metrics-address=127.0.0.1",
      "--metrics-port=0",
      "--disable-tls",
      `--redis=127.0.0.1:${String(context.port("argocd-redis"))}`,
      `--revision-cache-expiration=${String(resync)}s`,
      "--logformat=text",
    ],
    environment: {
      ...surroundings(context, "argocd-repo-server"),
      PATH: [dirname(toolsOf(context).kustomize), process.env["PATH"] ?? ""].join(delimiter),
      // Clones of the repository lie there.
      TMPDIR: temporary(context),
      ARGOCD_ASK_PASS_SOCK: join(temporary(context), "ask-pass.sock"),
      // Settings of a person's git, such as other addresses for a host, do not count here.
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_CONFIG_NOSYSTEM: "1",
      GOMEMLIMIT: "150MiB",
    },
  }),
  probe: (context) => accepts(context.port("argocd-repo-server")),
};

/** Compares, applies, prunes and heals. */
export const argocdController: Service = {
  name: "argocd-application-controller",
  after: ["kube-apiserver", "argocd-repo-server", "argocd-redis"],
  needsSurroundings: true,
  // Its metrics are on every address of the machine: it has no setting for that, so at least the port is any.
  listens: false,
  launch: (context) => ({
    argv: [
      toolsOf(context).argocd,
      `--kubeconfig=${context.directory.kubeconfig}`,
      "--namespace=argocd",
      `--repo-server=127.0.0.1:${String(context.port("argocd-repo-server"))}`,
      "--repo-server-plaintext",
      `--redis=127.0.0.1:${String(context.port("argocd-redis"))}`,
      `--app-resync=${String(resync)}`,
      "--app-resync-jitter=0",
      "--status-processors=4",
      "--operation-processors=2",
      "--kubectl-parallelism-limit=4",
      "--metrics-port=0",
      "--logformat=text",
    ],
    environment: {
      ...surroundings(context, "argocd-application-controller"),
      // The cluster that https://kubernetes.default.svc stands for.
      KUBECONFIG: context.directory.kubeconfig,
      MESH_SIX_API_SERVER: String(context.port("kube-apiserver")),
      GOMEMLIMIT: "200MiB",
    },
  }),
};

function temporary(context: ServiceContext): string {
  return join(context.directory.data("argocd-repo-server"), "tmp");
}

/** The environment of both servers; the folders are empty, and stand for ConfigMaps that Pods mount. */
function surroundings(context: ServiceContext, server: string): Record<string, string> {
  const folder = context.directory.data(server);
  return {
    ARGOCD_BINARY_NAME: server,
    ARGOCD_FAKE_IN_CLUSTER: "true",
    ARGOCD_GPG_ENABLED: "false",
    ARGOCD_TLS_DATA_PATH: join(folder, "tls"),
    ARGOCD_SSH_DATA_PATH: join(folder, "ssh"),
    ARGOCD_PLUGINSOCKFILEPATH: join(folder, "plugins"),
    ...cachePassword(context),
  };
}

function cachePassword(context: ServiceContext): Record<string, string> {
  return { REDIS_PASSWORD: context.credentials.generated("argocd-redis") };
}

/** Resolves when a connection is taken. */
function accepts(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1")
      .once("connect", () => {
        socket.destroy();
        resolve();
      })
      .once("error", reject);
  });
}
