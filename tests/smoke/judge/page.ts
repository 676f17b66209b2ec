/** Whether a text is a page of HTML, and not an error or a file of another kind. */
export function isPage(text: string): boolean {
  return /<html[\s>]/i.test(text) && /<body[\s>]/i.test(text);
}

/** What a reader sees of a document, on one line. */
export function visibleText(html: string): string {
  const body = /<body[^>]*>([\s\S]*)<\/body>/i.exec(html)?.[1] ?? "";
  return body
    .replaceAll(/<(script|style|template|noscript)\b[\s\S]*?<\/\1>/gi, " ")
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
}
