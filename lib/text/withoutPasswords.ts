/** Parameters of a URL that hold a password or a key. */
const secretParameters =
  /([?&](?:password|passwd|pwd|sslpassword|token|access_token|secret|sig|passphrase)=)[^&\s"'`#;]+/gi;

/** A text in which the addresses have no passwords any more, whether before the host or as a parameter. */
export function withoutPasswords(text: string): string {
  return text
    .replaceAll(/(:\/\/[^\s/:@]*:)[^\s/]+@/g, "$1[secret]@")
    .replaceAll(secretParameters, "$1[secret]");
}
