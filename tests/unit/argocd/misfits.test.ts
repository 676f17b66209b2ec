import assert from "node:assert/strict";
import { test } from "node:test";
import { trackingOf } from "../../../lib/argocd/tracking.ts";
import { lineOf } from "../../../lib/text/problem.ts";
import { misfits } from "../../../preflight/application/misfits.ts";
import { instructionsForParent } from "../../../preflight/application/parentInstructions.ts";
import { cases, wanted } from "./misfitCases.ts";

for (const [name, seen, settings, ...expected] of cases) {
  test(`${expected.length === 0 ? "takes" : "refuses"} ${name}`, () => {
    const all = [...(seen.all ?? []), ...(seen.found === undefined ? [] : [seen.found])];
    const nothing = { found: undefined, held: undefined, elsewhere: false, leftOver: [] };
    const everything = { ...nothing, tracking: trackingOf("argocd"), ...seen, all };
    const problems = misfits(everything, { ...wanted, ...settings }).problems.map(lineOf);
    assert.equal(problems.length, expected.length, problems.join("\n"));
    for (const [at, pattern] of expected.entries()) assert.match(problems[at] ?? "", pattern);
  });
}

test("prints what a parent is to hold, and what keeps the objects until it does", () => {
  const lines = instructionsForParent(wanted);
  assert.match(
    lines.join("\n"),
    /for object in component\.dapr\.io\/agent-pubsub; do kubectl -n mesh-six annotate --overwrite \$object argocd\.argoproj\.io\/sync-options=Prune=false,Delete=false; done/,
  );
  assert.match(
    lines.join("\n"),
    /kustomize:\n {6}patches:\n {8}- target:\n {12}group: dapr\.io\n {12}kind: Component/,
  );
});
