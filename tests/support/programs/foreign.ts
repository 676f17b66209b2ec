/** One resource of each plugin on targets that are not the sandbox's. */
import * as github from "@pulumi/github";
import * as k8s from "@pulumi/kubernetes";
import * as postgresql from "@pulumi/postgresql";

const plugin = process.env["PLUGIN"];
if (plugin === "kubernetes") {
  const kubeconfig = JSON.stringify({
    "current-context": "far",
    clusters: [{ name: "far", cluster: { server: "https://cluster.invalid:6443" } }],
    contexts: [{ name: "far", context: { cluster: "far" } }],
  });
  const provider = new k8s.Provider("far", { kubeconfig });
  new k8s.core.v1.ConfigMap("written", { metadata: { name: "written" } }, { provider });
} else if (plugin === "postgresql") {
  const provider = new postgresql.Provider("far", { host: "database.invalid", sslmode: "disable" });
  new postgresql.Role("written", { name: "written" }, { provider });
} else {
  const provider = new github.Provider("far", { owner: "somebody", token: "none" });
  new github.Repository("written", { name: "written" }, { provider });
}
