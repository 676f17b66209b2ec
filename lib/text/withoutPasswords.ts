/** Parameters of a URL that hold a password or a key. */
const secretParameters =
  /([?&](?:password|passwd|pwd|sslpassword|token|access_token|secret|sig|passphrase)=)[^&\s"'`#;]+/gi;

/** The user of a web address may be a token itself, with or without a password: `https://TOKEN@github.com/…`. */
const webLogIn = /(\b(?:https?|wss?):\/\/)[^\s/?#"]+@/gi;

/**
 * A text in which the addresses have no passwords any more, whether before the host or as a parameter; web addresses
 * have no user either.
 */
export function withoutPasswords(text: string): string {
  return text
    .replaceAll(webLogIn, "$1[secret]@")
    .replaceAll(/(:\/\/[^\s/:@]*:)[^\s/]+@/g, "$1[secret]@")
    .replaceAll(secretParameters, "$1[secret]");
}

/** Whether an address holds what {@link withoutPasswords} takes out. */
export function holdsLogIn(address: string): boolean {
  return withoutPasswords(address) !== address;
}

/** A web address for whoever has a log-in of their own. */
export function withoutWebLogIn(address: string): string {
  return address.replaceAll(webLogIn, "$1");
}
