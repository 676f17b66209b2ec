import { secretWords } from "../../operations/stack/secretTexts.ts";

const words = ["GITHUB_TOKEN", "DATABASE_URL"]
  .flatMap((name) => secretWords(process.env[name] ?? ""))
  .sort((a, b) => b.length - a.length);

/** The text without the suite's own secrets: a pod's last lines may hold anything. */
export function redact(text: string): string {
  return words.reduce((all, word) => all.replaceAll(word, "[secret]"), text);
}
