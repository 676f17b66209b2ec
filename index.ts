import * as pulumi from "@pulumi/pulumi";
import { Namespace } from "@pulumi/kubernetes/core/v1/namespace.js";
import { Provider as Cluster } from "@pulumi/kubernetes/provider.js";
import { partOfMeshSix } from "./components/labels.ts";
import { readSettings } from "./components/settings.ts";

const settings = readSettings();

const cluster = new Cluster("cluster", {
  ...(settings.cluster.kubeconfig === "" ? {} : { kubeconfig: settings.cluster.kubeconfig }),
  ...(settings.cluster.context === "" ? {} : { context: settings.cluster.context }),
  enableServerSideApply: true,
  upsertExistingObjects: settings.adopt,
});

const namespaceObject = new Namespace(
  "namespace",
  { metadata: { name: settings.namespace, labels: partOfMeshSix } },
  { provider: cluster },
);

export const namespace: pulumi.Output<string> = namespaceObject.metadata.name;
