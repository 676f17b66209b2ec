/**
 * Every text that gives a secret away: itself, its lines, since what is printed may hold some of them only, and the
 * password of an address; each as it is written and as it is meant.
 *
 * @param isTelling - of several lines, which ones no other file could have too
 */
export function secretTexts(secret: string, isTelling: (line: string) => boolean = () => true): string[] {
  const lines = secret.split(/\r?\n/).map((line) => line.trim());
  const telling = lines.length === 1 ? lines : lines.filter(isTelling);
  return [secret, ...telling, ...passwordsOfAddress(secret)].flatMap((text) => [text, decoded(text)]);
}

/** The same, without what could be an ordinary word's beginning. */
export function secretWords(secret: string): readonly string[] {
  return [...new Set(secretTexts(secret))].filter((word) => word.length > 3);
}

/** The passwords that an address holds, as they are written there: before its host, and in its query. */
export function passwordsOfAddress(text: string): string[] {
  // A list of hosts is an address to PostgreSQL, yet not to a URL parser.
  const [, authority, query] = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)[^?]*\??(.*)$/is.exec(text) ?? [];
  if (authority === undefined || query === undefined) return [];
  const user = authority.slice(0, Math.max(0, authority.lastIndexOf("@")));
  const ofQuery = query.matchAll(/(?:^|&)(?:password|sslpassword)=([^&#]*)/g);
  return [
    user.includes(":") ? user.slice(user.indexOf(":") + 1) : "",
    ...[...ofQuery].map(([, word = ""]) => word),
  ];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
