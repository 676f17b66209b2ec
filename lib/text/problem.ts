/** A fault, with the expected and the found value, and its remedy. */
export interface Problem {
  readonly said: string;
  readonly remedy: string;
}

/** The problem in one line. */
export function lineOf({ said, remedy }: Problem): string {
  return `${said}; ${remedy}`;
}
