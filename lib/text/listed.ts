/** The longest list of names in one line. */
const most = 12;

/**
 * Names in one line; the last ones of a long list are only counted.
 *
 * @param beforeCount - between the last name and the count, as in `a, b, 7 more`
 */
export function listed(names: readonly string[], beforeCount = ", "): string {
  if (names.length <= most) return names.join(", ");
  return `${names.slice(0, most - 1).join(", ")}${beforeCount}${names.length - most + 1} more`;
}
