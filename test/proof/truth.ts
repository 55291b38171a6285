/**
 * What the tests hold the product to, written down a second time without a line of `src`: how far a text may travel, from what
 * the user, the repository and the organisation said. Simple enough to be believed.
 */

export const STRICTNESS = ['private', 'internal', 'open'] as const;
export type Strictness = (typeof STRICTNESS)[number];
export type Where = 'device' | 'network' | 'cloud';

export type FolderName = 'a' | 'b';
/** Where a text lies: in a folder, or in a folder inside `a` that may have a mark of its own. */
export type Owner = FolderName | 'inside';
export type Saying = Strictness | 'unreadable' | undefined;

/** Everything that is said of a folder; the user's own answer may be missing. */
export interface FolderTruth {
  mark: Saying;
  repository: Saying;
  organisation: Saying;
}

const REACH: Readonly<Record<Strictness, number>> = { private: 0, internal: 1, open: 2 };
const DISTANCE: Readonly<Record<Where, number>> = { device: 0, network: 1, cloud: 2 };

export function mayReach(level: Strictness, where: Where): boolean {
  return DISTANCE[where] <= REACH[level];
}

export function strictestOf(levels: readonly Strictness[]): Strictness {
  return STRICTNESS[Math.min(...levels.map((level) => REACH[level]))] ?? 'private';
}

export function levelOfFolder({ mark, repository, organisation }: FolderTruth, trusted: boolean): Strictness {
  const said = [mark ?? 'private', repository, organisation].filter((each) => each !== undefined);
  return strictestOf([...said.map((each) => (each === 'unreadable' ? 'private' : each)), trusted ? 'open' : 'private']);
}

/** One piece of the user's text, recognisable wherever it turns up. */
export interface Canary {
  readonly text: string;
  /** Whose text it is; absent for what belongs to the window. */
  readonly folder: Owner | undefined;
  /** The chat that it is in; absent for a completion. */
  readonly thread: string | undefined;
  /** The strictest level that its source had when it was taken and, in a chat, at any time since. */
  strictest: Strictness;
}
