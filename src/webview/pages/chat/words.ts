import type { Zone } from '../../../core/model.ts';
import type { Level } from '../../../core/privacy/level.ts';
import type { PageModel } from '../../protocol.ts';

interface PlaceWords {
  readonly name: string;
  readonly where: string;
}

const ZONE_WORDS: Readonly<Record<Zone, PlaceWords>> = {
  device: { name: 'Device', where: 'runs on this machine' },
  network: { name: 'Network', where: 'runs on a server of your network' },
  cloud: { name: 'Cloud', where: 'runs in the cloud' },
};
const BUILTIN_WORDS: PlaceWords = { name: 'In the editor', where: 'runs in the editor' };

/** Where a model runs; the built-in engine has words of its own, as in the status bar. */
export function placeWords({ zone, builtin }: PageModel): PlaceWords {
  return builtin === true ? BUILTIN_WORDS : ZONE_WORDS[zone];
}

export const LEVEL_WORDS: Readonly<Record<Level, { readonly name: string; readonly meaning: string }>> = {
  private: { name: 'Private-only', meaning: 'Questions and code stay on this machine.' },
  internal: { name: 'Internal', meaning: 'Questions and code stay on this machine and in your network.' },
  open: { name: 'Open', meaning: 'Questions and code go to the model that you choose, wherever it runs.' },
};

/** `7 s` for 7,200 milliseconds, `3 min` for 180,000. */
export function secondsText(ms: number): string {
  const s = Math.max(1, Math.round(ms / 1000));
  return s < 120 ? `${s} s` : `${Math.round(s / 60)} min`;
}
