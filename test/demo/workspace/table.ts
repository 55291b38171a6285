/** One measured value, with the place where it was taken. */
export interface Reading {
  readonly place: string;
  readonly celsius: number;
}

/** The readings as lines of a table, the warmest first. */
export function table(readings: readonly Reading[]): string[] {
  const width = Math.max(0, ...readings.map(({ place }) => place.length));
  return readings
    .toSorted((a, b) => b.celsius - a.celsius)
    .map(({ place, celsius }) => `${place.padEnd(width)}  ${celsius.toFixed(1)} °C`);
}

export function toFahrenheit(celsius: number): number {
  return (celsius * 9) / 5 + 32;
}
