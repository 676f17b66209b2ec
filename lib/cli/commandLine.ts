import process from "node:process";
import { parseArgs, type ParseArgsConfig } from "node:util";
import { nearest } from "../text/spelling.ts";

type Options = NonNullable<ParseArgsConfig["options"]>;
const help = { help: { type: "boolean", short: "h" } } as const;

/** Settings for reading a command line, besides its options. */
export interface Reading {
  /** @default those of this process */
  readonly args?: readonly string[];
  /** Whether words that are no options are allowed. @default false */
  readonly operands?: boolean;
  /** Values of options that may stand without one, by name. */
  readonly usual?: Readonly<Record<string, string>>;
  /** Whether `--no-NAME` switches an option off. @default false */
  readonly negative?: boolean;
}

/** A wrong command line, in one line; the exit code is 2. */
export class UsageError extends Error {}

/**
 * Reads a command line. Every command has `--help` and `-h`.
 * @param options as of `parseArgs`
 * @returns undefined where it asks for help
 * @throws UsageError that names what is wrong, and the nearest right name
 */
export function readCommandLine<const O extends Options>(
  options: O,
  { args: given = process.argv.slice(2), operands = false, negative = false, usual = {} }: Reading = {},
) {
  const args = withUsual(given, usual);
  refuseUnknown(args, Object.keys({ ...options, ...help }), negative);
  const read = () =>
    parseArgs({
      args,
      options: { ...options, ...help },
      allowPositionals: true,
      allowNegative: negative,
      strict: true,
    });
  let line: ReturnType<typeof read>;
  try {
    line = read();
  } catch (error) {
    throw new UsageError((error as Error).message.split(/[.\n]/)[0], { cause: error });
  }
  if ((line.values as { readonly help?: boolean }).help) return undefined;
  if (!operands && line.positionals.length > 0) {
    throw new UsageError(`There is no argument "${line.positionals.join(" ")}"`);
  }
  return { values: line.values, operands: line.positionals };
}

function withUsual(args: readonly string[], usual: Readonly<Record<string, string>>): string[] {
  return args.flatMap((argument, at) => {
    const value = argument.startsWith("--") ? usual[argument.slice(2)] : undefined;
    const next = args[at + 1];
    return value !== undefined && (next === undefined || next.startsWith("-"))
      ? [argument, value]
      : [argument];
  });
}

function refuseUnknown(args: readonly string[], names: readonly string[], negative: boolean): void {
  const known = names.flatMap((name) => (negative ? [`--${name}`, `--no-${name}`] : [`--${name}`]));
  for (const argument of args) {
    if (argument === "--") return;
    const name = argument.split("=")[0] ?? "";
    if (name.startsWith("--") && !known.includes(name)) {
      throw new UsageError(`There is no option ${name}${suggestion(name, known)}`);
    }
  }
}

/**
 * `: did you mean "x"?` where a known word is near.
 *
 * @param otherwise - what follows where none is
 */
export function suggestion(
  given: string,
  known: readonly string[],
  otherwise = `; there are ${known.join(", ")}`,
): string {
  const near = nearest(given, known);
  return near === undefined ? otherwise : `: did you mean "${near}"?`;
}
