/** One `up` of a program in a process of its own, which needs no language host: WORKDIR STACK PROGRAM. */
import { LocalWorkspace } from "@pulumi/pulumi/automation/index.js";

const [workDir = "", stackName = "", file = ""] = process.argv.slice(2);
const stack = await LocalWorkspace.selectStack(
  {
    stackName,
    projectName: stackName === "sandbox" ? "mesh-six" : "bench",
    program: async () => ({ ...((await import(file)) as Record<string, unknown>) }),
  },
  { workDir },
);
// Neither is read, and both cost further processes.
stack.outputs = () => Promise.resolve({});
stack.info = () => Promise.resolve(undefined);
// An error that nobody catches is printed by the SDK's own handler, which then exits with 0.
await stack.up().catch((error: unknown) => {
  process.stderr.write(String(error));
  process.exit(1);
});
process.exit(0);
