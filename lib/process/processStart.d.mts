/** The start time of a process, comparable only with itself; undefined where there is no such process, or a zombie. */
export function processStart(pid: number | undefined): string | undefined;
