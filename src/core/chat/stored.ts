import * as z from 'zod/mini';
import { type ModelId, ZONES } from '../model.ts';
import { ERROR_KINDS } from '../outcome.ts';
import { LEVELS } from '../privacy/level.ts';
import { TaintForm, withPlaces } from './taintForm.ts';
import { INTENTS, type Thread, settle } from './thread.ts';

/** Raise it when the form changes; older forms are then converted in `readThread`, newer ones are left alone. */
const VERSION = 1;

const Line = z.int().check(z.minimum(0));
const StoredTaint = z.readonly(z.array(z.readonly(TaintForm)));
const StoredPassage = z.object({
  uri: z.string(),
  name: z.string(),
  language: z.string(),
  lines: z.readonly(z.tuple([Line, Line])),
  text: z.string(),
  problems: z.readonly(z.array(z.string())),
  taint: StoredTaint,
});
const StoredFailure = z.object({
  kind: z.enum([...ERROR_KINDS, 'noModel']),
  text: z.string(),
  mends: z.array(
    z.object({ command: z.string(), title: z.string(), args: z.exactOptional(z.readonly(z.array(z.unknown()))) }),
  ),
});
const StoredFinding = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('secret'), what: z.string(), where: z.string(), excerpt: z.string() }),
  z.object({ kind: z.literal('ignored'), where: z.string(), pattern: z.string() }),
]);
const StoredState = z.discriminatedUnion('kind', [
  z.object({ kind: z.enum(['streaming', 'complete', 'cutOff', 'stopped']) }),
  z.object({ kind: z.literal('failed'), failure: StoredFailure }),
  z.object({ kind: z.literal('held'), findings: z.array(StoredFinding) }),
]);
const isModelId = (id: string): id is ModelId => id.includes('/');
const StoredMessage = z.discriminatedUnion('role', [
  z.object({
    role: z.literal('user'),
    id: z.string(),
    intent: z.enum(INTENTS),
    text: z.string(),
    passages: z.array(StoredPassage),
  }),
  z.object({
    role: z.literal('assistant'),
    id: z.string(),
    text: z.string(),
    thinking: z.string(),
    thinkingMs: z.exactOptional(z.number()),
    model: z.exactOptional(
      z.object({
        id: z.custom<ModelId>((id) => typeof id === 'string' && isModelId(id)),
        label: z.string(),
        zone: z.enum(ZONES),
      }),
    ),
    omitted: z.exactOptional(z.string()),
    state: StoredState,
  }),
]);
const StoredThread = z.object({
  version: z.literal(VERSION),
  id: z.string().check(z.minLength(1)),
  title: z.string(),
  createdAt: z.number(),
  updatedAt: z.number(),
  messages: z.array(StoredMessage),
  taint: StoredTaint,
  released: z.exactOptional(
    z.array(
      z.object({
        at: z.number(),
        by: z.literal('user'),
        before: z.enum(LEVELS),
        after: z.enum(LEVELS),
        folders: z.array(z.string()),
      }),
    ),
  ),
});

export function writeThread(thread: Thread): string {
  return JSON.stringify({ version: VERSION, ...thread });
}

/** Why a file gives no thread. A newer version wrote it where `newer` is there: then nothing is wrong with it. */
export interface Unreadable {
  readonly unreadable: string;
  readonly newer?: true;
}

/** The thread in a file, or why it cannot be read. Answers that were on their way are stopped. */
export function readThread(text: string): Thread | Unreadable {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { unreadable: 'not JSON' };
  }
  const version = versionOf(json);
  if (version !== undefined && version > VERSION) return { unreadable: `form of version ${version}`, newer: true };
  const parsed = StoredThread.safeParse(json);
  if (parsed.success) {
    const { version: _version, ...thread } = parsed.data;
    return withPlaces(settle(thread));
  }
  const issue = parsed.error.issues[0];
  return { unreadable: issue ? `${issue.path.join('.') || 'file'}: ${issue.message}` : 'unknown form' };
}

function versionOf(json: unknown): number | undefined {
  if (typeof json !== 'object' || json === null || !('version' in json)) return undefined;
  return typeof json.version === 'number' ? json.version : undefined;
}
