import assert from "node:assert/strict";
import { test } from "node:test";
import { trackingOf } from "../../../lib/argocd/tracking.ts";
import { lineOf } from "../../../lib/text/problem.ts";
import { misfits } from "../../../preflight/application/misfits.ts";
import { instructionsForParent } from "../../../preflight/application/parentInstructions.ts";
import { lostLogIn } from "../../../preflight/application/source.ts";
import { cases } from "./misfitCases.ts";
import { wanted } from "./wantedApplication.ts";

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

test("tells that the log-in in the address of a source goes, without repeating it", () => {
  const found = (repoURL: string) => ({ metadata: wanted.application, spec: { source: { repoURL } } });
  const [told] = lostLogIn(found("https://ghp_x@github.com/jaybrto/mesh-six"));
  assert.match(
    told?.said ?? "",
    /^Application argocd\/mesh-six: the log-in .* goes: https:\/\/\[secret\]@github/,
  );
  assert.match(told?.remedy ?? "", /repository Secret .* for https:\/\/github\.com\/jaybrto\/mesh-six$/);
  assert.deepEqual(lostLogIn(found("https://github.com/jaybrto/mesh-six")), []);
});

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
