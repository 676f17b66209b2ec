import assert from "node:assert/strict";
import { test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { Database } from "../../../components/database.ts";
import { GitHubProject } from "../../../components/githubProject.ts";
import { DataWatch } from "../../../policies/data.ts";
import { declarations } from "../../support/engine/mocks.ts";

interface Registered {
  readonly type: string;
  readonly retainOnDelete: boolean;
  readonly inputs: Record<string, unknown>;
}

/** A component's registration of itself and its children with the engine, the option to retain included. */
async function registered(
  declare: (options: pulumi.ComponentResourceOptions) => unknown,
): Promise<Registered[]> {
  const all: Registered[] = [];
  const note: pulumi.ResourceTransformation = ({ type, props, opts }) => {
    const { retainOnDelete = false } = opts;
    all.push({ type, retainOnDelete, inputs: props });
    return undefined;
  };
  const answers = { "pulumi-nodejs:dynamic/mesh-six:ProjectBoard": { statusFieldId: "F", fieldIds: {} } };
  await declarations(() => {
    declare({ transformations: [note] });
  }, answers);
  return all;
}

const access = { baseUrl: "", token: pulumi.secret("t"), backoffSeconds: 1 };
const board = { title: "B", shortDescription: "", readme: "", public: false, statusOptions: [] };
const components: Record<string, (retain: boolean, options: pulumi.ComponentResourceOptions) => unknown> = {
  "postgresql:index/database:Database": (retain, options) =>
    new Database(
      "database",
      {
        ...{ host: "db", port: 5432, sslMode: "require", adminUser: "a", adminPassword: pulumi.secret("p") },
        ...{ adminDatabase: "postgres", adminSuperuser: true, name: "n", user: "u", vector: false, retain },
      },
      options,
    ),
  "github:index/repository:Repository": (retain, options) =>
    new GitHubProject(
      "project",
      {
        ...{
          access,
          organization: "o",
          repository: "r",
          description: "",
          public: true,
          branch: "main",
          template: "",
          tag: "",
          moveTag: false,
        },
        ...{ adopt: false, deleteOnDestroy: !retain },
        board: { ...board, statusRenames: {}, statusMoves: {}, keepWorkflows: false, fields: [], views: [] },
      },
      options,
    ),
};

for (const [type, declare] of Object.entries(components)) {
  for (const retain of [true, false]) {
    test(`the policy reads the same of ${type} as the engine: ${retain ? "kept" : "deleted"}`, async () => {
      const all = await registered((options) => declare(retain, options));
      const component = all.find(({ inputs }) => "retain" in inputs);
      const resource = all.find((one) => one.type === type);
      assert.ok(component && resource);
      assert.equal(resource.retainOnDelete, retain);
      const watch = new DataWatch([]);
      const plain = { protect: false, name: "", parent: undefined };
      const urn = "urn:pulumi:prod::p::c::c";
      watch.look({ ...plain, type: component.type, urn, props: component.inputs });
      const problems = watch.look({
        ...plain,
        type,
        urn: "urn:pulumi:prod::p::t::t",
        props: resource.inputs,
        parent: urn,
      });
      assert.equal(problems.length, retain ? 0 : 1);
    });
  }
}
