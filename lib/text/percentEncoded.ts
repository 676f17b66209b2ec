/**
 * Text for any part of a URL. Beyond `encodeURIComponent`, the marks that shells and connection-string parsers
 * give a meaning to are encoded too.
 */
export function percentEncoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
