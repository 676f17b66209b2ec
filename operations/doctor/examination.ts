import { Mask } from "../preview/mask.ts";
import { ApiError } from "../../lib/kubernetes/request.ts";
import { inOneLine } from "../../lib/text/inOneLine.ts";
import { type Problem, ProblemError, problemsOf } from "../../lib/text/problem.ts";

/** The end of a check: `skipped` says why it does not apply here, `not checked` that something before it failed. */
export type Status = "pass" | "warn" | "fail" | "skipped" | "not checked";

/** One line of the report. */
export interface Line {
  readonly check: string;
  readonly status: Status;
  /** Null where nobody could look. */
  readonly ok: boolean | null;
  /** The finding; never a secret. */
  readonly detail: string;
  /** The next step; empty where there is nothing to do. */
  readonly remedy: string;
  /** Each thing that was found with its own remedy, where there are several. */
  readonly several?: readonly Problem[];
}

/** The result of a look: for the report, and in `value` for the checks that go on from it. */
export interface Finding<T = unknown> {
  readonly status: Exclude<Status, "not checked">;
  readonly detail: string;
  readonly remedy: string;
  /** Each thing that was found with its own remedy, where there are several. */
  readonly several?: readonly Problem[];
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

/** A look whose values the types no longer distinguish. */
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

/** @param value - where others can go on nevertheless */
export function failures<T>(problems: readonly Problem[], value?: T): Finding<T> {
  return severally("fail", problems, value);
}

/** A failure with the problems of an error, each in one line. */
export function failure<T>(error: unknown): Finding<T> {
  return failures(
    problemsOf(error).map(({ said, remedy }) => ({ said: inOneLine(said), remedy: inOneLine(remedy) })),
  );
}

/** Several things of one check; `detail` and `remedy` hold each text once. */
export function severally<T>(status: Finding["status"], things: readonly Problem[], value?: T): Finding<T> {
  const [detail = "", remedy = ""] = (["said", "remedy"] as const).map((part) =>
    [...new Set(things.map((thing) => thing[part]))].filter((text) => text !== "").join(" · "),
  );
  return {
    ...{ status, detail, remedy },
    ...(things.length > 1 ? { several: things } : {}),
    ...(value === undefined ? {} : { value }),
  };
}

/** One of several checks that follow from the settings. */
export type Item = readonly [name: string, look: () => Finding | Promise<Finding>];

/** Thrown by a look that another line already tells the reason of. */
export class NotChecked extends Error {
  readonly needs: string;

  /** @param needs - name of that line */
  constructor(needs: string) {
    super(`needs ${needs}`);
    this.needs = needs;
  }
}

/** Longest usual time of one check, in milliseconds: a service that does not answer must not stop the others. */
const patience = 60_000;

/**
 * Runs all checks side by side, each as soon as what it goes on from is known. A check whose ground failed says
 * so instead of failing too, so that one defect is one failing line.
 */
export class Examination {
  readonly #groups: Promise<readonly Line[]>[] = [];
  #mask = new Mask([]);

  /** From now on none of them gets into a line, whoever's words it repeats. */
  hide(secrets: readonly string[]): void {
    this.#mask = new Mask(secrets);
  }

  /**
   * One line. An error of the look is a failure.
   *
   * @param limit - longest time it may take, in milliseconds
   */
  check<const N extends readonly Part<unknown>[], T>(
    name: string,
    needs: N,
    look: (...values: Values<N>) => Finding<T> | Promise<Finding<T>>,
    limit = patience,
  ): Part<T> {
    const outcome = valuesOf(needs).then((values): Outcome<T> | Promise<Outcome<T>> =>
      "lacking" in values
        ? unchecked(name, values.lacking)
        : guarded(name, () => (look as Look<Finding<T>>)(...values.given), limit),
    );
    this.#groups.push(outcome.then(({ line }) => [line]));
    return {
      name,
      value: outcome.then(({ line, value }) => (value === undefined ? { none: line.status } : { is: value })),
    };
  }

  /** Lines whose number follows from others' values; `name` stands for all of them when nobody could look. */
  several<const N extends readonly Part<unknown>[]>(
    name: string,
    needs: N,
    items: (...values: Values<N>) => readonly Item[],
  ): void {
    this.#groups.push(
      valuesOf(needs).then(async (values) => {
        if ("lacking" in values) return [unchecked(name, values.lacking).line];
        const outcomes = (items as (...values: readonly unknown[]) => readonly Item[])(...values.given).map(
          ([title, look]) => guarded(title, look),
        );
        return (await Promise.all(outcomes)).map(({ line }) => line);
      }),
    );
  }

  /** Every line in the order of the checks, each handed over as soon as those before it are. */
  async report(take: (line: Line) => void): Promise<readonly Line[]> {
    const all: Line[] = [];
    for (const lines of this.#groups) {
      for (const found of await lines) {
        const line = this.#masked(found);
        take(line);
        all.push(line);
      }
    }
    return all;
  }

  #masked({ detail, remedy, several, ...found }: Line): Line {
    const text = (plain: string) => this.#mask.text(plain);
    const each = several?.map((thing) => ({ said: text(thing.said), remedy: text(thing.remedy) }));
    return {
      ...found,
      detail: text(detail),
      remedy: text(remedy),
      ...(each === undefined ? {} : { several: each }),
    };
  }
}

interface Outcome<T> {
  readonly line: Line;
  readonly value?: T;
}

interface Lacking {
  readonly name: string;
  readonly status: Status;
}

async function valuesOf(
  needs: readonly Part<unknown>[],
): Promise<{ readonly given: readonly unknown[] } | { readonly lacking: readonly Lacking[] }> {
  const values = await Promise.all(needs.map(({ value }) => value));
  const lacking = needs.flatMap(({ name }, i) => {
    const value = values[i]!;
    return "none" in value ? [{ name, status: value.none }] : [];
  });
  if (lacking.length > 0) return { lacking };
  return { given: values.map((value) => ("is" in value ? value.is : undefined)) };
}

/** One look, which neither throws nor lasts forever. */
async function guarded<T>(
  check: string,
  look: () => Finding<T> | Promise<Finding<T>>,
  limit = patience,
): Promise<Outcome<T>> {
  let timer: NodeJS.Timeout | undefined;
  const tired = new Promise<never>((_, reject) => {
    const said = `expected an answer, got none within ${limit / 1000} s`;
    timer = setTimeout(() => reject(new ProblemError({ said, remedy: "run it again" })), limit);
  });
  try {
    // Begun a moment later, so that what it throws at once is caught here too.
    const { value, ...said } = await Promise.race([Promise.resolve().then(look), tired]);
    return {
      line: { check, ...said, ok: said.status !== "fail" },
      ...(value === undefined ? {} : { value }),
    };
  } catch (error) {
    if (error instanceof NotChecked) return unchecked(check, [{ name: error.needs, status: "fail" }]);
    // The lacking right has a line of its own among the permissions.
    if (isForbidden(error)) return unchecked(check, [{ name: "the permission to read it", status: "fail" }]);
    return { line: { check, ...failure(error), ok: false } };
  } finally {
    clearTimeout(timer);
  }
}

/** The line of a check that could not run, with the reason. */
function unchecked(check: string, lacking: readonly Lacking[]): { readonly line: Line } {
  const names = [...new Set(lacking.map(({ name }) => name))].join(", ");
  return {
    line: lacking.every(({ status }) => status === "skipped")
      ? { check, status: "skipped", ok: true, detail: `nothing to look at: see ${names}`, remedy: "" }
      : { check, status: "not checked", ok: null, detail: `not checked: needs ${names}`, remedy: "" },
  };
}

function isForbidden(error: unknown): boolean {
  if (error instanceof ApiError) return error.status === 403;
  return error instanceof Error && error.cause !== undefined && isForbidden(error.cause);
}
