/**
 * The mark by which a board is known as ours. Titles are not unique on GitHub and a create has no idempotency key. So
 * the marker is in the title from the very creation, and moves to the readme in the request after it: at no moment is
 * there a board of ours that a killed run could not find again.
 *
 * The marker says who made the board. A board that people made stays theirs wherever it is found again: in another
 * stack, after its entry was removed, after an adoption that failed half-way (decision 090).
 */

/** The maker of a board: this program, or people. Markers of before this was written down do not say. */
export type Origin = "made by it" | "taken over" | "unsaid";

/** A marker of ours, as a readme holds it. */
export interface Marker {
  /** `owner/name` of the repository when the marker was written; it may have been renamed since. */
  readonly repository: string;
  /** GraphQL node id of the repository, which a rename keeps; undefined in markers of before. */
  readonly repositoryId: string | undefined;
  readonly origin: Origin;
}

/** A repository by its name of today and by its id. */
export interface RepositoryKey {
  readonly repository: string;
  readonly repositoryId: string;
}

const pattern =
  /(?:\n\n)?<!-- mesh-six-infra board of ([^\s,]+)(?:, (made by it|taken over))?(?:, repository ([^\s,]+))? -->/g;

/** The marker as it was written before it said who made the board; digests in people's states hold it. */
const unsaid = (repository: string) => `<!-- mesh-six-infra board of ${repository} -->`;

/** The title a board is created with; the real one follows together with the readme. */
export function temporaryTitle(title: string, repository: string): string {
  // GitHub limits a title's length; what is said after it must not be what is too long.
  const beginning = [...title].slice(0, 80).join("");
  return `${beginning} (mesh-six-infra is making the board of ${repository})`;
}

/** Every marker of ours in a readme. */
export function markersOf(readme: string | null): readonly Marker[] {
  return [...(readme ?? "").matchAll(pattern)].map(([, repository = "", origin, repositoryId]) => ({
    repository,
    repositoryId,
    origin: (origin ?? "unsaid") as Origin,
  }));
}

/** Whether a marker names a repository: by id where it has one, else by name, whatever the case. */
export function isNamed(marker: Marker, { repository, repositoryId }: RepositoryKey): boolean {
  return marker.repositoryId === repositoryId || sameName(marker.repository, repository);
}

/** GitHub's names of organizations and repositories are alike whatever their case. */
export function sameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** The readme with the marker after it, and no other marker of ours. */
export function markedReadme(text: string, key: RepositoryKey, origin: Exclude<Origin, "unsaid">): string {
  const marker = `<!-- mesh-six-infra board of ${key.repository}, ${origin}, repository ${key.repositoryId} -->`;
  return text === "" ? marker : `${text}\n\n${marker}`;
}

/** The readme as people see it: without our markers. */
export function unmarkedReadme(readme: string | null): string {
  return (readme ?? "").replace(pattern, "");
}

/** Whether the readme holds the marker that a board of this repository and origin has to have. */
export function isMarked(
  readme: string | null,
  key: RepositoryKey,
  origin: Exclude<Origin, "unsaid">,
): boolean {
  const markers = markersOf(readme);
  const [marker] = markers;
  if (marker === undefined || markers.length > 1) return false;
  // A board of ours with a marker of before is as good: it needs no update to say what the state says.
  if (marker.origin !== origin && !(marker.origin === "unsaid" && origin === "made by it")) return false;
  const sameId = marker.repositoryId === undefined || marker.repositoryId === key.repositoryId;
  return sameName(marker.repository, key.repository) && sameId;
}

/** The form in which digests hold the readme of a board of ours: that of the markers of before, in every state. */
export function readmeInDigest(text: string, repository: string): string {
  return text === "" ? unsaid(repository) : `${text}\n\n${unsaid(repository)}`;
}
