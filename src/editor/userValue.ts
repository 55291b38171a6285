/** The parts of `inspect()` that matter here; the last two are given by VS Code and missing in its types. */
interface Inspected {
  readonly globalValue?: unknown;
  readonly globalLocalValue?: unknown;
  readonly globalRemoteValue?: unknown;
}

/**
 * What the user's own settings say. In a remote window the editor merges the machine's settings into `globalValue`, and those
 * of a dev container are written by its repository. The editor keeps a setting of scope `application` out of there, but not
 * where an object around it names it (`"switchyard": { "endpoints": … }`).
 */
export function userValue(found: Inspected | undefined): unknown {
  if (found?.globalRemoteValue === undefined) return found?.globalValue;
  return found.globalLocalValue;
}
