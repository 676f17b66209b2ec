/** `npm run e2e -- --stack NAME`: opens an issue and follows it through all stages to Done. */
import { readCommandLine } from "../lib/cli/commandLine.ts";
import { stackOf } from "../lib/cli/command.ts";
import { suiteCommand } from "./suites/suiteCommand.ts";

const usage = `usage: npm run e2e -- --stack NAME [OPTIONS]

Opens a feature request in the stack's test repository, puts its card into Todo, and follows it through
mesh-six for up to an hour: INTAKE, PLANNING, IMPLEMENTATION, QA, REVIEW, ACCEPTED. At the end, also after a failure or
Ctrl-C, the issue is closed; comments, card, branches and pull requests stay.

  --stack NAME                the stack; without it $PULUMI_STACK
  --timeouts-divided-by N     for a system whose clock is fast, as the sandbox's: limits and pauses are shorter
  --json                      one JSON document on stdout, all else on stderr

Everything it needs comes from the stack's outputs; Pulumi is configured as for "pulumi up".
Exit code: 0 the issue got to Done, 1 it did not, 2 wrong call, 130 interrupted.
`;

suiteCommand({
  name: "e2e",
  file: "tests/e2e/full-lifecycle.test.ts",
  needs: [
    "GITHUB_TOKEN",
    "TEST_PROJECT_ID",
    "TEST_REPO_OWNER",
    "TEST_REPO_NAME",
    "TEST_APP_URL",
    "DATABASE_URL",
  ],
  usage,
  read() {
    const line = readCommandLine({
      stack: { type: "string" },
      "timeouts-divided-by": { type: "string" },
      json: { type: "boolean", default: false },
    });
    if (line === undefined) return undefined;
    const { values } = line;
    const stack = stackOf(values.stack);
    const divisor = values["timeouts-divided-by"];
    if (divisor !== undefined && !(Number(divisor) >= 1 && Number(divisor) <= 1000)) {
      throw new Error(`--timeouts-divided-by: expected a number from 1 to 1000, got ${divisor}`);
    }
    return { stack, json: values.json, variables: { TEST_TIMEOUTS_DIVIDED_BY: divisor } };
  },
});
