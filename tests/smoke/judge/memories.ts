/** The ways in which versions of simple-agent say that memories went into a prompt. */
const phrases = [
  /\bFound (?<count>\d+) relevant memor(?:y|ies)(?: for user \W*(?<user>[^\s\\"'`,;:)}\]]+))?/,
  /\bRetrieved (?<count>\d+) memor(?:y|ies)(?: for user \W*(?<user>[^\s\\"'`,;:)}\]]+))?/,
  /Relevant Context from Memory/,
];

/**
 * The line that says a memory of this user was retrieved.
 *
 * @param lines - written after the second query was sent
 * @param userId - of this run alone; a line that names another user is about another conversation
 */
export function retrieval(lines: readonly string[], userId: string): string | undefined {
  return lines.find((line) =>
    phrases.some((phrase) => {
      const match = phrase.exec(line);
      if (match === null) return false;
      const { count, user } = match.groups ?? {};
      return (
        count !== "0" && Number(count ?? 1) > 0 && (user === undefined || user.replace(/\.+$/, "") === userId)
      );
    }),
  );
}

/**
 * The new lines of a log: those after the lines that were there before. Where the earlier end is not found, the log
 * was begun again, and all of it is new.
 */
export function gained(before: readonly string[], after: readonly string[]): readonly string[] {
  // A few lines together tell the place; single ones may repeat.
  const mark = before.slice(-20);
  if (mark.length === 0) return after;
  for (let start = after.length - mark.length; start >= 0; start -= 1) {
    if (mark.every((line, index) => after[start + index] === line)) return after.slice(start + mark.length);
  }
  return after;
}
