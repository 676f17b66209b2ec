import * as github from "@pulumi/github";
import * as kubernetes from "@pulumi/kubernetes";
import * as postgresql from "@pulumi/postgresql";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

/**
 * The least program with the same plugins: one provider of each, so that each is loaded and configured, and one
 * dynamic resource, for dynamic providers are a plugin too. `MESH_SIX_BENCH` holds the addresses of the servers, as
 * JSON.
 */
const { kubeconfig, database, githubUrl, githubToken } = JSON.parse(
  process.env["MESH_SIX_BENCH"] ?? "{}",
) as {
  kubeconfig: string;
  database: string;
  githubUrl: string;
  githubToken: string;
};

const url = new URL(database);
new kubernetes.Provider("cluster", { kubeconfig });
new github.Provider("github", { baseUrl: `${githubUrl}/`, token: githubToken, owner: "bto-labs" });
new postgresql.Provider("database", {
  host: url.hostname,
  port: Number(url.port),
  username: url.username,
  password: decodeURIComponent(url.password),
  sslmode: "disable",
});
new random.RandomId("nothing", { byteLength: 4 });

new (class Nothing extends pulumi.dynamic.Resource {
  constructor() {
    super({ create: () => Promise.resolve({ id: "nothing" }) }, "nothing-dynamic", {});
  }
})();
