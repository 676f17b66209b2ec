import { join } from "node:path";
import process from "node:process";
import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { projectRoot, stackEnvironment } from "../stack/environment.ts";
import { run } from "../../lib/process/run.ts";
import { inlineStack, policyPacks } from "../stack/inlineStack.ts";
import { readingFirst } from "../stack/program.ts";
import { clusterOfStack } from "../stack/cluster.ts";
import { runPulumi, stackConfig } from "../stack/pulumi.ts";
import { engineWords } from "../../toolchain/parts/engineWords.ts";
import { collectReports } from "../../lib/pulumi/report.ts";
import { additionsOf } from "./additions.ts";
import { stackFrom, type State } from "../doctor/stack.ts";
import { reportRelease } from "../release/plan/change.ts";
import { DigestBuilder } from "./digestOfEvents.ts";
import { Mask, secretsOfConfig, secretsOfState } from "./mask.ts";
import type { Digest } from "./digest.ts";

export interface PreviewRequest {
  readonly stack: string;
  /** Whether every resource is first read as it really is. */
  readonly refresh: boolean;
  /** Folder of a policy pack to hold the program to. */
  readonly policies?: string | undefined;
  /** Repository of the application that a release is looked at in; fetched where it is left out. */
  readonly application?: string | undefined;
  readonly signal: AbortSignal;
  readonly progress: (line: string) => void;
}

export interface Preview {
  readonly digest: Digest;
  readonly mask: Mask;
  /** Saves in the state how every resource really is, so that the next update puts right what differs. */
  readonly saveSeen: () => Promise<void>;
}

/**
 * Shows the changes of the stack's next update. Writes nothing, neither to the services nor to the state.
 *
 * Once per process: the program is a module, which declares its resources when it is loaded.
 *
 * @throws Error when the stack or its settings cannot be read
 */
export async function preview(request: PreviewRequest): Promise<Preview> {
  const { stack: stackName, signal, progress } = request;
  const environment = await stackEnvironment(stackName);
  const { variables, engine } = environment;
  // The program runs in this process, and the engine and its plugins below it.
  Object.assign(process.env, variables);
  const call = { command: engine, folder: projectRoot, stack: stackName, environment: variables };
  const config = await stackConfig(call);
  const state = JSON.parse(await runPulumi(call, ["stack", "export", "--show-secrets"])) as State;
  const mask = new Mask([...secretsOfConfig(config), ...secretsOfState(state)]);
  signal.throwIfAborted();
  const packs = policyPacks(request.policies, environment);
  const stack = await inlineStack(stackName);
  const builder = new DigestBuilder();
  let read = 0;
  const beat = setInterval(
    () => progress(`looking at stack ${stackName}: ${String(read)} resources so far`),
    10_000,
  );
  const onEvent = (event: EngineEvent) => {
    if (event.resourcePreEvent) read += 1;
    builder.read(event);
  };
  const saveSeen = async () => {
    const file = join(projectRoot, "operations/stack/saveSeen.ts");
    const saved = await run(process.execPath, ["--disable-warning=ExperimentalWarning", file, stackName], {
      cwd: projectRoot,
      signal,
    });
    signal.throwIfAborted();
    if (saved.code !== 0) throw new Error(mask.text(saved.stderr));
  };
  const reports = collectReports();
  Object.assign(process.env, reports.environment);
  try {
    const options = {
      ...readingFirst(request.refresh),
      policyPacks: packs,
      color: "never" as const,
      onEvent,
      signal,
    };
    const looking = reportRelease(stackFrom(stackName, config, state), request.application);
    const ends = await Promise.allSettled([stack.preview(options), looking]);
    for (const end of ends) if (end.status === "rejected") throw end.reason;
    const additions = request.refresh ? await additionsOf(await clusterOfStack(config), reports.read) : [];
    const digest = builder.finish(stackName, true, reports.read, additions);
    return { digest: mask.document(digest), mask, saveSeen };
  } catch (error) {
    const digest = builder.finish(stackName, false, reports.read);
    signal.throwIfAborted();
    const told = digest.remarks.some(({ severity }) => severity === "error");
    const words = told ? [] : [{ severity: "error" as const, resource: "", message: engineWords(error) }];
    return { digest: mask.document({ ...digest, remarks: [...digest.remarks, ...words] }), mask, saveSeen };
  } finally {
    clearInterval(beat);
    reports.close();
  }
}
