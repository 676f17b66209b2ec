/** What is wrong, with what was expected and what was found, and what to do about it. */
export interface Problem {
  readonly said: string;
  readonly remedy: string;
}

/** The problem in one line. */
export function lineOf({ said, remedy }: Problem): string {
  return `${said}; ${remedy}`;
}
