import * as v from 'valibot';
import type { Model } from '../model.ts';
import { PROFILES } from './profileData.ts';
import { type Profile, plainName } from './profiles.ts';

/** DeepSeek's API takes no more, and none of the known families needs as many. */
const MOST_STOPS = 16;

const Text = v.pipe(v.string(), v.minLength(1));
const described = <S extends v.GenericSchema>(schema: S, description: string) =>
  v.pipe(schema, v.description(description));

/** One entry of the setting `switchyard.completion.profiles`. */
export const ProfileSetting = v.pipe(
  v.strictObject({
    match: described(
      Text,
      'Name of a model as its server has it, without registry and owner; `*` stands for any text. Without a tag, it stands for all tags.',
    ),
    use: described(
      v.optional(v.picklist([...PROFILES.map(({ id }) => id), 'holeFilling'])),
      'The family whose form of prompts the model takes, or `holeFilling` to ask it as a chat. The other fields change single things about it.',
    ),
    frame: described(
      v.optional(v.strictTuple([v.string(), v.string(), v.string()])),
      'The markers before, between and after the two sides of the cursor, as in `["<PRE>", "<SUF>", "<MID>"]`.',
    ),
    order: described(
      v.optional(v.picklist(['prefixFirst', 'suffixFirst', 'separate'])),
      'Which side of the cursor comes first; `separate` leaves the markers to the server, in fields `prompt` and `suffix`.',
    ),
    layouts: described(
      v.optional(v.pipe(v.array(v.picklist(['prefixFirst', 'suffixFirst', 'lineAnchored'])), v.minLength(1))),
      'How prompts are laid out, in order of preference. `lineAnchored` puts the line of the cursor behind the last marker.',
    ),
    stops: described(
      v.optional(v.pipe(v.array(Text), v.maxLength(MOST_STOPS))),
      'Texts that end a completion, besides the markers.',
    ),
    files: described(
      v.optional(
        v.strictObject({
          open: v.string(),
          file: v.string(),
          current: v.string(),
          at: v.optional(v.picklist(['frame', 'prefix']), 'frame'),
          head: v.optional(v.string()),
        }),
      ),
      'How other files are shown: `open` once, `file` for each of them with `{path}` and `{code}`, `current` before the current one; `at` the beginning of the `frame` or of the `prefix`.',
    ),
  }),
  v.check(
    ({ use, frame, order }) => use !== undefined || frame !== undefined || order === 'separate',
    'needs “use”, a “frame”, or the order “separate”',
  ),
);
export type ProfileEntry = v.InferOutput<typeof ProfileSetting>;

/** What the user says of a model; the first entry that matches counts. */
export function userProfile(
  entries: readonly ProfileEntry[],
  model: Pick<Model, 'name'>,
): Profile | 'holeFilling' | undefined {
  const entry = entries.find(({ match }) => matches(match, model.name));
  return entry && toProfile(entry);
}

function matches(pattern: string, name: string): boolean {
  const literal = (text: string) => text.replace(/[\\^$.|?+()[\]{}]/g, '\\$&');
  const body = plainName(pattern).split('*').map(literal).join('.*');
  const tag = pattern.includes(':') ? '' : '(:.*)?';
  return new RegExp(`^${body}${tag}$`, 's').test(plainName(name));
}

function toProfile(entry: ProfileEntry): Profile | 'holeFilling' {
  const { use, frame: ownFrame, order: ownOrder, layouts, stops = [], files } = entry;
  if (use === 'holeFilling') return use;
  const base = PROFILES.find(({ id }) => id === use);
  const frame = ownFrame ?? base?.frame ?? ['', '', ''];
  const order = ownOrder ?? base?.order ?? 'prefixFirst';
  // Markers of another frame say nothing about this one.
  const kept = ownFrame === undefined ? base : undefined;
  const markers = ownFrame?.map((part) => part.trim()).filter((part) => part !== '') ?? [];
  const form = files ?? kept?.files;
  return {
    // Completions are remembered by it.
    id: `user:${JSON.stringify(entry)}`,
    order,
    frame,
    ...(kept?.suffixFirst && { suffixFirst: kept.suffixFirst }),
    layouts: layouts ?? kept?.layouts ?? [order === 'suffixFirst' ? 'suffixFirst' : 'prefixFirst'],
    ...(form && {
      files:
        form.head === undefined
          ? { open: form.open, file: form.file, current: form.current, at: form.at }
          : { ...form, head: form.head },
    }),
    stops: [...new Set([...stops, ...(kept?.stops ?? markers)])].slice(0, MOST_STOPS),
    reserved: [...new Set([...(kept?.reserved ?? []), ...markers])],
    ...(base?.quirks && { quirks: base.quirks }),
    names: /^(?!)/,
    source: 'settings',
  };
}
