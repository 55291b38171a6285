import { isOnFor } from './completion/gate.ts';

/** The settings that decide when completions are asked for, and whether they carry text of other files. */
export interface CompletionLimits {
  readonly enabled: boolean;
  /** By language identifier; `*` stands for all others. */
  readonly languages: Readonly<Record<string, boolean>>;
  readonly trigger: 'automatic' | 'manual';
  readonly holeFilling: 'automatic' | 'manual' | 'off';
  readonly context: 'on' | 'off';
}

/** From what sends least to what sends most. */
const TRIGGERS = ['manual', 'automatic'] as const;
const HOLE_FILLING = ['off', 'manual', 'automatic'] as const;
const CONTEXT = ['off', 'on'] as const;

/**
 * What counts of `wanted`, in which a repository has a say, while text goes beyond this machine: never more than `own`, the
 * user's settings.
 */
export function withinLimits(own: CompletionLimits, wanted: CompletionLimits): CompletionLimits {
  const languages = ['*', ...Object.keys(own.languages), ...Object.keys(wanted.languages)];
  return {
    enabled: own.enabled && wanted.enabled,
    languages: Object.fromEntries(
      languages.map((id) => [id, isOnFor(own.languages, id) && isOnFor(wanted.languages, id)]),
    ),
    trigger: least(TRIGGERS, own.trigger, wanted.trigger),
    holeFilling: least(HOLE_FILLING, own.holeFilling, wanted.holeFilling),
    context: least(CONTEXT, own.context, wanted.context),
  };
}

function least<const T>(order: readonly T[], one: T, other: T): T {
  return order.indexOf(one) < order.indexOf(other) ? one : other;
}
