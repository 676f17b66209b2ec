/** `npm run smoke -- --stack NAME`: whether a deployed mesh-six lives, milestone by milestone. */
import { readCommandLine } from "../lib/cli/commandLine.ts";
import { stackOf } from "../lib/cli/command.ts";
import { suiteCommand } from "./suites/suiteCommand.ts";

const milestones = ["Pods", "Dapr", "Partitions", "Webhook", "M1", "M2", "M3", "M4", "M5", "Event log"];

const usage = `usage: npm run smoke -- --stack NAME [OPTIONS]

Checks the deployed system: pods, Dapr components, partitions, the webhook's deliveries, milestones M1 to M5, the event
log.
Everything it needs comes from the stack's outputs; services are reached by port-forwards to their pods.

  --stack NAME           the stack; without it $PULUMI_STACK
  --only M1,M3           only these: ${milestones.join(", ")}
  --kubeconfig FILE      another way to the cluster than the stack's setting  [--context NAME]
  --service-url URL      reach services directly, as in http://{service}.mesh-six:80 from within the cluster
  --partition-days N     the event log must have partitions for so many days (31)
  --browser PATH         a Chromium or Chrome; without it the one on PATH
  --json                 one JSON document on stdout, all else on stderr

Pulumi is configured as for "pulumi up". It asks the agents a few harmless questions, which they answer and log;
nothing else is written. Exit code: 0 all passed, 1 something did not, 2 wrong call, 130 interrupted.
`;

suiteCommand({
  name: "smoke",
  file: "tests/smoke/smoke.test.ts",
  needs: ["DATABASE_URL", "TEST_NAMESPACE", "TEST_DAPR_NAMES"],
  usage,
  read() {
    const line = readCommandLine({
      stack: { type: "string" },
      only: { type: "string" },
      kubeconfig: { type: "string" },
      context: { type: "string" },
      "service-url": { type: "string" },
      "partition-days": { type: "string" },
      browser: { type: "string" },
      json: { type: "boolean", default: false },
    });
    if (line === undefined) return undefined;
    const { values } = line;
    const stack = stackOf(values.stack);
    const days = values["partition-days"];
    if (days !== undefined && !/^\d+$/.test(days)) {
      throw new Error(`--partition-days: expected a whole number, got ${days}`);
    }
    const url = values["service-url"];
    if (url !== undefined && !url.includes("{service}")) {
      throw new Error(`--service-url: expected {service} in it, got ${url}`);
    }
    return {
      stack,
      json: values.json,
      variables: {
        TEST_ONLY: only(values.only),
        TEST_KUBECONFIG: values.kubeconfig,
        // Another file's current context is meant, not the one that belongs to the stack's.
        TEST_KUBE_CONTEXT: values.context ?? (values.kubeconfig === undefined ? undefined : ""),
        TEST_SERVICE_URL: url,
        TEST_PARTITION_DAYS: days,
        TEST_BROWSER: values.browser,
      },
    };
  },
});

/** A name that is none would select nothing, and nothing would fail. */
function only(names: string | undefined): string | undefined {
  const wanted = names?.split(",").map((name) => name.trim());
  for (const name of wanted ?? []) {
    if (!milestones.some((each) => each.toLowerCase() === name.toLowerCase())) {
      throw new Error(`--only: expected some of ${milestones.join(", ")}, got ${JSON.stringify(name)}`);
    }
  }
  return wanted?.join(",");
}
