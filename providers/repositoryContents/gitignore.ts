/** One line of a `.gitignore`. */
interface Rule {
  readonly pattern: RegExp;
  /** `!`: what matches is taken back in. */
  readonly negated: boolean;
  /** A slash at the end: folders alone. */
  readonly folderOnly: boolean;
}

/** Whether a path, relative to the folder of the `.gitignore`, is ignored; undefined where no line says anything. */
export type Ignoring = (path: string, isFolder: boolean) => boolean | undefined;

/** Reads a `.gitignore` by git's rules: the last line that matches counts. */
export function readGitignore(text: string): Ignoring {
  const rules = text
    .replace(/^\ufeff/, "")
    .split(/\r?\n/)
    .flatMap((line): Rule[] => {
      const rule = ruleOf(line);
      return rule ? [rule] : [];
    });
  return (path, isFolder) => {
    const last = rules.findLast(({ pattern, folderOnly }) => (isFolder || !folderOnly) && pattern.test(path));
    return last && !last.negated;
  };
}

function ruleOf(line: string): Rule | undefined {
  // Spaces at the end count only after a backslash.
  const trimmed = line.replace(/(?<!\\)\s+$/, "");
  if (trimmed === "" || trimmed.startsWith("#")) return undefined;
  const negated = trimmed.startsWith("!");
  const given = negated ? trimmed.slice(1) : trimmed;
  const folderOnly = given.endsWith("/");
  const body = folderOnly ? given.slice(0, -1) : given;
  // A slash at the beginning or in the middle binds a pattern to the folder of the file.
  const anchored = body.includes("/");
  const source = sourceOf(body.startsWith("/") ? body.slice(1) : body);
  return { pattern: new RegExp(`${anchored ? "^" : "^(?:.*/)?"}${source}$`, "s"), negated, folderOnly };
}

/** A glob of git's as the source of a regular expression. */
function sourceOf(glob: string): string {
  let source = "";
  for (let i = 0; i < glob.length;) {
    const rest = glob.slice(i);
    const [set] = /^\[[!^]?\]?[^\]]*\]/.exec(rest) ?? [];
    if (rest.startsWith("**/")) [source, i] = [`${source}(?:.*/)?`, i + 3];
    else if (rest === "**") [source, i] = [`${source}.*`, i + 2];
    else if (rest.startsWith("*")) [source, i] = [`${source}[^/]*`, i + 1];
    else if (rest.startsWith("?")) [source, i] = [`${source}[^/]`, i + 1];
    else if (set !== undefined) [source, i] = [`${source}${setOf(set)}`, i + set.length];
    else {
      const escaped = rest.startsWith("\\") && rest.length > 1;
      const character = rest.charAt(escaped ? 1 : 0);
      source += character.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
      i += escaped ? 2 : 1;
    }
  }
  return source;
}

/** `[!a-z]` is `[^a-z]`. */
function setOf(set: string): string {
  const [, negation = "", members = ""] = /^\[([!^]?)(.*)\]$/s.exec(set) ?? [];
  return `[${negation === "" ? "" : "^"}${members.replace(/[\\\]]/g, "\\$&")}]`;
}
