/**
 * Whether a text is the application's page: HTML with a script of its own. The page by which a server or a proxy
 * tells of an error has none, whatever its status.
 */
export function isPage(text: string): boolean {
  return /<html[\s>]/i.test(text) && /<body[\s>]/i.test(text) && /<script\b[^>]*\bsrc=/i.test(text);
}
