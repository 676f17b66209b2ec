import { table } from "../lib/cli/table.ts";
import type { Measurement } from "./measurement.ts";

/** A figure, and the part of the bench it belongs to. */
export type Reported = Measurement & { readonly part: string };

export const isTooMuch = ({ value, limit }: Measurement) => limit !== undefined && value > limit;

/** A line for each figure, with what it may be at most. */
export function reportLines(measurements: readonly Reported[]): string[] {
  return table(
    measurements.map((measurement) => {
      const { part, what, value, unit, limit } = measurement;
      const bound =
        limit === undefined
          ? ""
          : `${isTooMuch(measurement) ? "MORE THAN" : "at most"} ${shown(limit, unit)}`;
      return [part, what, shown(value, unit), bound];
    }),
  );
}

/** A figure as a person reads it: "1,210 MB", "0.07 times". */
export function shown(value: number, unit: Measurement["unit"]): string {
  return `${value.toLocaleString("en", { maximumFractionDigits: unit === "times" ? 2 : 0 })} ${unit}`;
}
