/** A few objects, varied by environment variables, for the tests of the kubernetes stand-in. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

const { NAMESPACE = "", VALUE = "1", SECRET = "", UPSERT, FORCE, WAIT, EXTRA, MISSING } = process.env;

const provider = new k8s.Provider("cluster", {
  enableConfigMapMutable: true,
  enableSecretMutable: true,
  ...(UPSERT === undefined ? {} : { upsertExistingObjects: true }),
});
const options = { provider };
const namespace = new k8s.core.v1.Namespace("namespace", { metadata: { name: NAMESPACE } }, options).metadata
  .name;

const annotations: Record<string, string> = {
  ...(FORCE === undefined ? {} : { "pulumi.com/patchForce": "true" }),
  ...(WAIT === undefined
    ? {}
    : { "pulumi.com/waitFor": `jsonpath={.data.ready}=${WAIT}`, "pulumi.com/timeoutSeconds": "1" }),
};
new k8s.core.v1.ConfigMap(
  "plain",
  { metadata: { name: "plain", namespace, annotations }, data: { value: VALUE, "with.dot": "x" } },
  options,
);
new k8s.core.v1.Secret(
  "hidden",
  { metadata: { name: "hidden", namespace }, stringData: { password: pulumi.secret(SECRET) } },
  options,
);
if (EXTRA !== undefined) {
  new k8s.core.v1.ConfigMap("named-by-pulumi", { metadata: { namespace }, data: {} }, options);
}
if (MISSING !== undefined) {
  const metadata = { name: "none", namespace };
  new k8s.apiextensions.CustomResource(
    "none",
    { apiVersion: "example.test/v1", kind: "Nothing", metadata },
    options,
  );
}

/** A Secret that this program did not make. */
export const read =
  process.env["READ"] === undefined
    ? undefined
    : k8s.core.v1.Secret.get("read", `${NAMESPACE}/hidden`, options).data;
