/** The months the event log must have partitions for, first and last, each as `YYYY-MM`. */
export interface Months {
  readonly from: string;
  readonly to: string;
}

/**
 * The current month, and the last of the `ahead` months after it, by the calendar of a time zone.
 *
 * @param timeZone - an IANA name, as in `Europe/Berlin`
 */
export function monthsAhead(now: Date, timeZone: string, ahead: number): Months {
  const parts = new Intl.DateTimeFormat("en", { timeZone, year: "numeric", month: "numeric" }).formatToParts(
    now,
  );
  const part = (type: string) => Number(parts.find((p) => p.type === type)?.value);
  const current = part("year") * 12 + part("month") - 1;
  return { from: spell(current), to: spell(current + ahead) };
}

/** Every month from the first to the last. */
export function eachMonth({ from, to }: Months): string[] {
  const last = count(to);
  return Array.from({ length: last - count(from) + 1 }, (_, index) => spell(count(from) + index));
}

/** Months since year 0. */
function count(month: string): number {
  const [year, ordinal] = month.split("-").map(Number);
  return (year ?? 0) * 12 + (ordinal ?? 1) - 1;
}

function spell(months: number): string {
  const year = String(Math.floor(months / 12)).padStart(4, "0");
  return `${year}-${String((months % 12) + 1).padStart(2, "0")}`;
}
