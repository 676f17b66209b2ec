import type { Settings } from "../../settings/settings.ts";
import { settingsOf } from "../../settings/settings.ts";
import { declarations } from "../../settings/allSettings.ts";
import { SettingsError } from "../../settings/problems.ts";
import { type PulumiCall, runPulumi, type StackConfig, stackConfig } from "../stack/pulumi.ts";
import { type Finding, fail, failures, pass } from "./examination.ts";

/** The stack's settings as the engine gives them, and what the stack has made so far. */
export interface Stack {
  /** Its name, as its objects bear it. */
  readonly name: string;
  readonly config: StackConfig;
  readonly made: Made;
}

/** The stack's own resources and values, for telling them from others. */
export interface Made {
  /** Whether it holds a resource of that type which bears that name (in its inputs). */
  readonly has: (type: string, name?: string) => boolean;
  /** The inputs of the resource of that type which bears that name. */
  readonly inputs: (type: string, name: string) => Readonly<Record<string, unknown>> | undefined;
  /** URL of the database's own role; undefined before the first run. Secret. */
  readonly databaseUrl: string | undefined;
  /** Ids of the boards. */
  readonly boardIds: readonly string[];
}

/** The output of `pulumi stack export`, as far as it is read. */
export interface State {
  readonly deployment: {
    readonly resources?: readonly {
      readonly type: string;
      readonly inputs?: Readonly<Record<string, unknown>>;
      readonly outputs?: Readonly<Record<string, unknown>>;
    }[];
  } | null;
}

/** Reads settings and state; secrets stay in memory. */
export async function lookAtStack(call: PulumiCall): Promise<Finding<Stack>> {
  let config: StackConfig;
  let state: State;
  try {
    // One after the other: both want the passphrase, and the first failure says enough.
    config = await stackConfig(call);
    state = JSON.parse(await runPulumi(call, ["stack", "export", "--show-secrets"])) as State;
  } catch (error) {
    const [words = ""] = (error as Error).message.split("\n").filter((line) => /error:/.test(line));
    const said = words.replace(/^.*error: /, "") || (error as Error).message.split("\n").at(-1);
    return fail(
      `stack ${call.stack}: expected to read it, got: ${said}`,
      "log in to its backend (pulumi login), set PULUMI_CONFIG_PASSPHRASE, and name a stack of pulumi stack ls",
    );
  }
  const stack = stackFrom(call.stack, config, state);
  const count = (state.deployment?.resources ?? []).filter(({ type }) => !type.startsWith("pulumi:")).length;
  return pass(`${call.stack}, ${count} resources`, stack);
}

/** The same of settings and state that have been read. */
export function stackFrom(name: string, config: StackConfig, state: State): Stack {
  const resources = state.deployment?.resources ?? [];
  const outputs = resources.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs;
  const made: Made = {
    has: (type, name) =>
      resources.some((one) => one.type === type && (name === undefined || nameOf(one.inputs) === name)),
    inputs: (type, name) => resources.find((one) => one.type === type && nameOf(one.inputs) === name)?.inputs,
    databaseUrl: plaintext(outputs?.["databaseUrl"]),
    boardIds: resources.flatMap((one) => {
      const id = one.type.endsWith("mesh-six:ProjectBoard") ? one.outputs?.["projectId"] : undefined;
      return typeof id === "string" ? [id] : [];
    }),
  };
  return { name: name.split("/").at(-1)!, config, made };
}

/** All that is wrong with the settings, as the program would say it. */
export function lookAtSettings({ config }: Stack): Finding<Settings> {
  try {
    return pass("every setting is as it should be", settingsOf(config));
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return failures(error.problems, withoutStrangers(config));
  }
}

/** The settings without names nobody knows; undefined where more than those is wrong, which others would stumble on. */
function withoutStrangers({ values, isSecret }: StackConfig): Settings | undefined {
  const known = Object.entries(values).filter(([key]) =>
    Object.hasOwn(declarations, key.replace(/^mesh-six:/, "")),
  );
  try {
    return settingsOf({ values: Object.fromEntries(known), isSecret });
  } catch {
    return undefined;
  }
}

/** The name of a resource in its own place: its own field, or a Kubernetes object's metadata. */
function nameOf(inputs: Readonly<Record<string, unknown>> | undefined): unknown {
  const metadata = inputs?.["metadata"] as { readonly name?: unknown } | undefined;
  return inputs?.["name"] ?? metadata?.name ?? inputs?.["repository"];
}

/** A secret of a decrypted state is `{"plaintext": JSON}` beside its mark. */
function plaintext(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  const text = (value as { readonly plaintext?: unknown } | undefined)?.plaintext;
  return typeof text === "string" ? (JSON.parse(text) as string) : undefined;
}
