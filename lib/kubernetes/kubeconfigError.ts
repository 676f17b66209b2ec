import { ProblemError } from "../text/problem.ts";

/** A kubeconfig that cannot be used, in one line. */
export class KubeconfigError extends ProblemError {
  override readonly name = "KubeconfigError";
  /** The setting that is wrong: the file, or the context in it. */
  readonly setting: "kubeconfig" | "kubeContext";
  readonly expected: string;
  readonly got: string;

  constructor({ setting = "kubeconfig", expected, got, remedy }: Wrong, options?: ErrorOptions) {
    super({ said: `mesh-six:${setting}: expected ${expected}, got ${got}`, remedy }, options);
    this.setting = setting;
    this.expected = expected;
    this.got = got;
  }
}

interface Wrong {
  /** @default kubeconfig */
  readonly setting?: "kubeconfig" | "kubeContext";
  readonly expected: string;
  readonly got: string;
  readonly remedy: string;
}
