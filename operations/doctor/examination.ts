/** How a check ended: `skipped` says why it does not apply here, `not checked` that something before it failed. */
export type Status = "pass" | "warn" | "fail" | "skipped" | "not checked";

/** One line of the report. */
export interface Line {
  readonly check: string;
  readonly status: Status;
  /** Null where nobody could look. */
  readonly ok: boolean | null;
  /** What was found; never a secret. */
  readonly detail: string;
  /** What to do next; empty where there is nothing to do. */
  readonly remedy: string;
}

/** What a look found: for the report, and in `value` for the checks that go on from it. */
export interface Finding<T = unknown> {
  readonly status: Exclude<Status, "not checked">;
  readonly detail: string;
  readonly remedy: string;
  readonly value?: T;
}

/** A check that others go on from; without a value it failed, or was skipped. */
export interface Part<T> {
  readonly name: string;
  readonly value: Promise<{ readonly is: T } | { readonly none: Status }>;
}

type Values<N extends readonly Part<unknown>[]> = {
  readonly [I in keyof N]: N[I] extends Part<infer T> ? T : never;
};

/** A look whose values are no longer told apart by the types. */
type Look<R> = (...values: readonly unknown[]) => R | Promise<R>;

export function pass<T>(detail: string, value?: T): Finding<T> {
  return { status: "pass", detail, remedy: "", ...(value === undefined ? {} : { value }) };
}

export function warn<T>(detail: string, remedy: string, value?: T): Finding<T> {
  return { status: "warn", detail, remedy, ...(value === undefined ? {} : { value }) };
}

/** @param value - where others can go on nevertheless */
export function fail<T>(detail: string, remedy: string, value?: T): Finding<T> {
  return { status: "fail", detail, remedy, ...(value === undefined ? {} : { value }) };
}

export function skipped<T>(reason: string, value?: T): Finding<T> {
  return { status: "skipped", detail: reason, remedy: "", ...(value === undefined ? {} : { value }) };
}

/** A problem as the program itself words it, "…expected, got; what to do", taken apart for the report. */
export function failure<T>(problem: unknown, value?: T): Finding<T> {
  const text = (problem instanceof Error ? problem.message : String(problem)).replaceAll(/\s*\n\s*/g, " ");
  const at = text.indexOf("; ");
  return at < 0 ? fail(text, "", value) : fail(text.slice(0, at), text.slice(at + 2), value);
}

/** Longest time one check may take, in milliseconds: a service that does not answer must not stop the others. */
const patience = 60_000;

/**
 * Runs all checks side by side, each as soon as what it goes on from is known. A check whose ground failed says
 * so instead of failing too, so that one defect is one failing line.
 */
export class Examination {
  readonly #groups: { readonly name: string; readonly lines: Promise<readonly Line[]> }[] = [];

  /** One line. What the look throws is a failure. */
  check<const N extends readonly Part<unknown>[], T>(
    name: string,
    needs: N,
    look: (...values: Values<N>) => Finding<T> | Promise<Finding<T>>,
  ): Part<T> {
    const finding = this.#begin(name, needs, async (values): Promise<readonly [string, Finding<T>]> => [
      name,
      await (look as Look<Finding<T>>)(...values),
    ]);
    this.#groups.push({
      name,
      lines: finding.then((found) => [found instanceof Missing ? found.line : lineOf(found[0], found[1])]),
    });
    return {
      name,
      value: finding.then((found) => {
        if (found instanceof Missing) return { none: found.line.status };
        const { value, status } = found[1];
        return value === undefined ? { none: status } : { is: value };
      }),
    };
  }

  /** Lines whose number follows from what the look finds; `name` stands for all of them when nobody could look. */
  several<const N extends readonly Part<unknown>[]>(
    name: string,
    needs: N,
    look: (...values: Values<N>) => Promise<readonly (readonly [name: string, finding: Finding])[]>,
  ): void {
    const findings = this.#begin(name, needs, async (values) =>
      (look as Look<readonly (readonly [string, Finding])[]>)(...values),
    );
    this.#groups.push({
      name,
      lines: findings.then((found) => {
        if (found instanceof Missing) return [found.line];
        // A look that threw has the name of all.
        const all = typeof found[0] === "string" ? [found as readonly [string, Finding]] : found;
        return (all as readonly (readonly [string, Finding])[]).map((one) => lineOf(...one));
      }),
    });
  }

  /** Every line in the order of the checks, each handed over as soon as those before it are. */
  async report(take: (line: Line) => void): Promise<readonly Line[]> {
    const all: Line[] = [];
    for (const { lines } of this.#groups) {
      for (const line of await lines) {
        take(line);
        all.push(line);
      }
    }
    return all;
  }

  async #begin<R>(
    name: string,
    needs: readonly Part<unknown>[],
    look: (values: readonly unknown[]) => Promise<R>,
  ): Promise<R | readonly [string, Finding<never>] | Missing> {
    const values = await Promise.all(needs.map(({ value }) => value));
    const lacking = needs.flatMap((part, i) => {
      const value = values[i]!;
      return "none" in value ? [{ name: part.name, status: value.none }] : [];
    });
    if (lacking.length > 0) return new Missing(name, lacking);
    const given = values.map((value) => ("is" in value ? value.is : undefined));
    let timer: NodeJS.Timeout | undefined;
    const tired = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new Error(`expected an answer, got none within ${patience / 1000} s; run it again`)),
        patience,
      );
    });
    return Promise.race([look(given), tired])
      .catch((error: unknown) => [name, failure<never>(error)] as const)
      .finally(() => clearTimeout(timer));
  }
}

/** What could not be checked, and for want of what. */
class Missing {
  readonly line: Line;

  constructor(check: string, needs: readonly { readonly name: string; readonly status: Status }[]) {
    const names = [...new Set(needs.map(({ name }) => name))].join(", ");
    this.line = needs.every(({ status }) => status === "skipped")
      ? { check, status: "skipped", ok: true, detail: `nothing to look at: see ${names}`, remedy: "" }
      : { check, status: "not checked", ok: null, detail: `not checked: needs ${names}`, remedy: "" };
  }
}

function lineOf(check: string, { status, detail, remedy }: Finding): Line {
  return { check, status, ok: status !== "fail", detail, remedy };
}
