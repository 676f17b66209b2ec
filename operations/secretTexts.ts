/**
 * Every text that gives a secret away: itself, its lines, since what is printed may hold some of them only, and the
 * password of an address; each as it is written and as it is meant.
 *
 * @param isTelling - of several lines, which ones no other file could have too
 */
export function secretTexts(secret: string, isTelling: (line: string) => boolean = () => true): string[] {
  const lines = secret.split(/\r?\n/).map((line) => line.trim());
  const telling = lines.length === 1 ? lines : lines.filter(isTelling);
  const password = URL.parse(secret)?.password ?? "";
  return [secret, ...telling, password].flatMap((text) => [text, decoded(text)]);
}

/** The same, without what could be an ordinary word's beginning. */
export function secretWords(secret: string): readonly string[] {
  return [...new Set(secretTexts(secret))].filter((word) => word.length > 3);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
