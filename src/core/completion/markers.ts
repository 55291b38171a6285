import { PROFILES } from './profiles.ts';

/** Models write control tokens of other families as plain text, too. HTML has the short ones, as tags. */
const FOREIGN: readonly string[] = [
  ...new Set(PROFILES.flatMap(({ stops, reserved }) => stops.concat(reserved)).filter((text) => text.length > 4)),
];
/** Shortest beginning of a marker that is one and not code. */
const TELLING = 5;

/** The texts that end an answer: the profile's own, and the markers of all families that the document does not have. */
export function endsOf(stops: readonly string[], document: string): readonly string[] {
  // Nearly no document has any, and this is quicker than looking for each.
  const suspicious = /<[|｜[]|<\/?[a-zA-Z_▁]+>|\[[A-Z/]+\]/.test(document);
  const foreign = suspicious ? FOREIGN.filter((marker) => !document.includes(marker)) : FOREIGN;
  return [...new Set([...stops, ...foreign])];
}

/** The text without a marker that breaks off at its end. */
export function withoutHalfMarker(text: string, ends: readonly string[]): string {
  const length = heldLength(text, ends);
  return length >= TELLING ? text.slice(0, -length) : text;
}

/** How much of the end of some text may be the beginning of a marker. */
export function heldLength(text: string, markers: readonly string[]): number {
  let most = 0;
  for (const marker of markers) {
    for (let length = Math.min(marker.length - 1, text.length); length > most; length--) {
      if (text.endsWith(marker.slice(0, length))) most = length;
    }
  }
  return most;
}
