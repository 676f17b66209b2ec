import { styleText } from "node:util";

/** Takes one line of progress, without its line end. */
export type Progress = (line: string) => void;

/** Lines to stderr, so that stdout stays free for results; dimmed on a terminal only. */
export function progressToStderr(): Progress {
  return (line) => process.stderr.write(`${styleText("dim", line, { stream: process.stderr })}\n`);
}

/** A length of time as a person says it: "8 s", "1 min 40 s". */
export function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min${seconds % 60 === 0 ? "" : ` ${seconds % 60} s`}`;
}

/** Messages of a step while it runs. */
export interface StepOptions {
  /** Its usual time, for a person to decide whether to wait: "about 7 min on 2 cores". */
  readonly expected?: string;
  /** The amount done so far, asked for at every line: "120 MB". */
  readonly detail?: () => string;
  /** Milliseconds between two lines of a step that still runs. @default 10000 */
  readonly every?: number;
}

/**
 * Runs one step and tells how it goes: a line at the start, one every ten seconds with the time passed, one at
 * the end: `[2/4] building the control plane … 40 s (about 7 min on 2 cores)`.
 */
export async function step<T>(
  progress: Progress,
  label: string,
  options: StepOptions,
  work: () => Promise<T>,
): Promise<T> {
  const start = Date.now();
  const expected = options.expected === undefined ? "" : ` (${options.expected})`;
  const detail = () => (options.detail === undefined ? "" : `, ${options.detail()}`);
  progress(`${label} …${expected}`);
  const timer = setInterval(
    () => progress(`${label} … ${duration(Date.now() - start)}${detail()}${expected}`),
    options.every ?? 10_000,
  );
  try {
    const result = await work();
    progress(`${label}: done in ${duration(Date.now() - start)}${detail()}`);
    return result;
  } finally {
    clearInterval(timer);
  }
}
