import { plain, quoted } from '../plainText.ts';
import { FOLDER_SOURCES, type FolderSource, type Level, type Reason, silentSources } from './level.ts';

/** The levels in words, for every place that shows them. */
export const LEVEL_WORDS: Readonly<Record<Level, { name: string; icon: string; meaning: string }>> = {
  private: { name: 'Private-only', icon: 'lock', meaning: 'Only models on this machine. Nothing leaves it.' },
  internal: {
    name: 'Internal',
    icon: 'shield',
    meaning: 'Models on this machine, and on the servers that you listed as your organisation’s.',
  },
  open: { name: 'Open', icon: 'unlock', meaning: 'Any model that you configured, also closed ones in the cloud.' },
};

const SOURCE_WORDS: Readonly<Record<FolderSource, string>> = {
  mark: 'Your mark',
  ancestorMark: 'Marks of folders around it',
  pattern: 'Your patterns',
  maximum: 'Your maximum',
  repository: 'The repository’s settings',
  organisation: 'Your organisation’s policy',
  untrusted: 'Workspace trust',
};

/** One reason as a sentence for people. */
export function sentence({ source, of, what, ...reason }: Reason): string {
  const name = of ? quoted(of) : 'this window';
  const by = reason.by === undefined ? undefined : plain(reason.by);
  switch (source) {
    case 'mark':
      return `You marked ${name} so.`;
    case 'ancestorMark':
      return by ? `You marked the folder ${by} so.` : `You marked a folder that contains ${name} so.`;
    case 'pattern':
      return by ? `Your pattern “${by}” matches ${name}.` : `One of your patterns matches ${name}.`;
    case 'maximum':
      return 'Your settings allow no more, in any folder.';
    case 'unclassified':
      return `Nobody has said yet how private ${name} is.`;
    case 'repository':
      return `The settings inside ${name} ask for it.`;
    case 'organisation':
      return `Your organisation allows no more${by ? ` (${by})` : ''}.`;
    case 'untrusted':
      return 'The workspace is not trusted.';
    case 'noFolder':
      return 'The window has no folder.';
    case 'taint':
      return `The text came from ${name}.`;
    case 'unread':
      return `${what ? SOURCE_WORDS[what] : 'A source'}: still being read${by ? ` (${by})` : ''}.`;
    case 'unreadable':
      return what
        ? `${SOURCE_WORDS[what]}: cannot be read${by ? ` (${by})` : ''}, so ${name} counts as private.`
        : `What should be known of ${name} cannot be read.`;
  }
}

/** Which source a reason is from, as a short title. */
export function sourceTitle({ source, what }: Pick<Reason, 'source' | 'what'>): string {
  const known = FOLDER_SOURCES.find((candidate) => candidate === (what ?? source));
  if (known) return SOURCE_WORDS[known];
  if (source === 'unclassified') return 'Not classified';
  if (source === 'noFolder') return 'No folder';
  return source === 'taint' ? 'Earlier text' : 'Unreadable';
}

/** Why a source said nothing, as a sentence for people. */
export const SILENT_WORDS: Readonly<Record<FolderSource, string>> = {
  mark: 'You did not mark this folder.',
  ancestorMark: 'You marked no folder around it.',
  pattern: 'None of your patterns of paths and git remotes matches.',
  maximum: 'Your settings limit nothing for all folders.',
  repository: 'The settings inside it ask for nothing.',
  organisation: 'No policy of an organisation limits it.',
  untrusted: 'The workspace is trusted.',
};

/** The whole chain of reasons of some folders as plain text. */
export function chainAsText(
  level: Level,
  folders: readonly { readonly name: string; readonly reasons: readonly Reason[]; readonly level: Level }[],
): string {
  const lines = [`This workspace is ${LEVEL_WORDS[level].name.toLowerCase()}: ${LEVEL_WORDS[level].meaning}`];
  if (folders.length === 0) lines.push('', 'The window has no folder, so it is private-only.');
  for (const folder of folders) {
    lines.push('', `${plain(folder.name)}: ${LEVEL_WORDS[folder.level].name}`);
    for (const reason of folder.reasons) {
      const [title, words] = [sourceTitle(reason), sentence(reason)];
      lines.push(`  ${LEVEL_WORDS[reason.level].name} - ${words.startsWith(title) ? words : `${title}: ${words}`}`);
    }
    for (const source of silentSources(folder.reasons)) {
      lines.push(`  nothing to say - ${SOURCE_WORDS[source]}: ${SILENT_WORDS[source]}`);
    }
  }
  return `${lines.join('\n')}\n`;
}
