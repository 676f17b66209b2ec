/** A fault, with the expected and the found value, and its remedy. */
export interface Problem {
  readonly said: string;
  /** Empty where nothing is known that helps. */
  readonly remedy: string;
}

/** The problem in one line. */
export function lineOf({ said, remedy }: Problem): string {
  return remedy === "" ? said : `${said}; ${remedy}`;
}

/** A problem that is thrown; its line is the message. */
export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem, options?: ErrorOptions) {
    super(lineOf(problem), options);
    this.problem = problem;
  }
}

/** An error that holds several. */
interface SeveralProblems {
  readonly problems: readonly Problem[];
}

/** The problems that an error holds; its message where it holds none. */
export function problemsOf(error: unknown): readonly Problem[] {
  if (error instanceof ProblemError) return [error.problem];
  if (error instanceof Error && "problems" in error) return (error as Error & SeveralProblems).problems;
  return [{ said: error instanceof Error ? error.message : String(error), remedy: "" }];
}
