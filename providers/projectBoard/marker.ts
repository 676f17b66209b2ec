/**
 * How a board is known as ours. Titles are not unique on GitHub and a create has no idempotency key, so the
 * marker is in the title from the very creation, and moves to the readme in the request after it: at no moment
 * is there a board of ours that a killed run could not find again.
 */

const comment = (repository: string) => `<!-- mesh-six-infra board of ${repository} -->`;

/** The title a board is created with; the real one follows together with the readme. */
export function temporaryTitle(title: string, repository: string): string {
  // GitHub limits a title's length; what is said after it must not be what is too long.
  const beginning = [...title].slice(0, 80).join("");
  return `${beginning} (mesh-six-infra is making the board of ${repository})`;
}

/** Whether a board carries the marker of the repository's board. */
export function isOurs(
  board: { readonly title: string; readonly readme: string | null },
  title: string,
  repository: string,
): boolean {
  return (
    (board.readme ?? "").includes(comment(repository)) || board.title === temporaryTitle(title, repository)
  );
}

/** The repository whose board it is by a marker of ours, other than the given one. */
export function isBoardOf(readme: string | null, otherThan: string): string | undefined {
  const marked = [...(readme ?? "").matchAll(/<!-- mesh-six-infra board of (\S+) -->/g)];
  return marked.map(([, repository]) => repository).find((repository) => repository !== otherThan);
}

/** The readme with the marker after it. */
export function markedReadme(text: string, repository: string): string {
  return text === "" ? comment(repository) : `${text}\n\n${comment(repository)}`;
}

/** The readme as people see it: without the marker. */
export function unmarkedReadme(readme: string | null, repository: string): string {
  return (readme ?? "").replace(comment(repository), "").trimEnd();
}
