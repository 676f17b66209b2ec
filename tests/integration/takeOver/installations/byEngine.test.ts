import { after, before, describe, test } from "node:test";
import { clusterOf, type TestCluster } from "../../../support/cluster/cluster.ts";
import type { StackValues } from "../../../support/engine/program.ts";
import { TestSandbox } from "../../../support/engine/sandbox.ts";
import { ByEngine } from "./byEngine.ts";
import { chosen } from "./chosen.ts";
import { configure } from "./installed.ts";
import { judge } from "./judge.ts";

/*
 * The same installations, each taken over by the sandbox's stack: by the whole program, the engine and its plugins. All
 * of them take about an hour, so a run takes one of those that ask most of the plugins.
 */
let sandbox: TestSandbox;
let cluster: TestCluster;

before(async () => {
  sandbox = await TestSandbox.create();
  await sandbox.operate("preview");
  const { kubectl, kubeconfig } = await sandbox.status();
  cluster = clusterOf([kubectl], kubeconfig);
});
after(() => sandbox.close());

for (const [settings, cases] of chosen([32])) {
  describe(`by the engine, with ${settings} in argocd-cm`, () => {
    before(async () => {
      if (cases.some(({ skip }) => skip === false))
        await configure(cluster, JSON.parse(settings) as Record<string, string>);
    });
    for (const { what, name, title, skip } of cases) {
      // Settings the sandbox writes itself, at every start.
      const why =
        what.values?.["secrets"] === undefined ? skip : "the sandbox itself says where its Secrets come from";
      test(title, { skip: why }, async () => {
        const stacks: ByEngine[] = [];
        const started = (values: StackValues) => {
          const stack = new ByEngine(sandbox, name, values);
          stacks.push(stack);
          return stack;
        };
        try {
          await judge(cluster, name, what, started);
        } finally {
          // The next installation needs the stack empty, whatever became of this one.
          for (const stack of stacks) await stack.destroy();
        }
      });
    }
  });
}
