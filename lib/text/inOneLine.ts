/** A text without its line breaks and the blanks around them. */
export function inOneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, " ");
}
