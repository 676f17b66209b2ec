import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import type { PlannedObject } from "../../../../preflight/adoption/document.ts";
import type { StackValues } from "../../../support/engine/program.ts";
import type { TestSandbox } from "../../../support/engine/sandbox.ts";
import type { Stack } from "./judge.ts";

/** The sandbox's stack, by the engine and its plugins, on one namespace after the other. */
export class ByEngine implements Stack {
  readonly #sandbox: TestSandbox;
  readonly #values: StackValues;
  #isUp = false;

  constructor(sandbox: TestSandbox, namespace: string, values: StackValues) {
    this.#sandbox = sandbox;
    this.#values = { namespace, adopt: "true", ...values };
  }

  async up(changes: StackValues = {}): Promise<readonly PlannedObject[]> {
    this.#write({ ...this.#values, ...changes });
    const plan = this.#isUp ? [] : await this.#plan();
    this.#isUp = true;
    await this.#sandbox.operate("up");
    return plan;
  }

  async destroy(): Promise<void> {
    if (!this.#isUp) return;
    await this.#sandbox.operate("destroy");
    this.#isUp = false;
  }

  /** Beside the sandbox's own settings; what an earlier stack had goes. */
  #write(values: StackValues): void {
    const path = join(this.#sandbox.directory, "Pulumi.sandbox.yaml");
    const settings = parse(readFileSync(path, "utf8")) as { config: Record<string, unknown> };
    const all = Object.entries({ ...Object.fromEntries(ofCases.map((key) => [key, undefined])), ...values });
    for (const [key, value] of all) {
      const name = `mesh-six:${key}`;
      if (value === undefined) settings.config = without(settings.config, name);
      // As `pulumi config set --path` writes lists and maps.
      else settings.config[name] = /^[[{]/.test(value) ? (JSON.parse(value) as unknown) : value;
    }
    writeFileSync(path, stringify(settings));
  }

  /** `npm run adopt -- --json`. */
  async #plan(): Promise<readonly PlannedObject[]> {
    const { stdout, stderr } = await this.#sandbox.command("adopt", "--json");
    const { succeeded, objects, errors } = JSON.parse(stdout) as {
      readonly succeeded: boolean;
      readonly objects: readonly PlannedObject[];
      readonly errors: readonly { readonly message: string }[];
    };
    if (!succeeded) throw new Error(`adopt: ${JSON.stringify(errors)} ${stderr}`);
    return objects;
  }
}

/** The keys that the installations of the table set. */
const ofCases = [
  ...["namespace", "adopt", "argocdApplication", "argocdEnabled"],
  ...["ingressRoutes", "daprMetadata", "adoptLose", "adoptKeep"],
];

function without(config: Record<string, unknown>, key: string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(config).filter(([name]) => name !== key));
}
