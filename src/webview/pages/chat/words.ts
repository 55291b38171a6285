import type { Zone } from '../../../core/model.ts';
import type { Level } from '../../../core/privacy/level.ts';

export const ZONE_WORDS: Readonly<Record<Zone, { readonly name: string; readonly where: string }>> = {
  device: { name: 'Device', where: 'runs on this machine' },
  network: { name: 'Network', where: 'runs on a server of your network' },
  cloud: { name: 'Cloud', where: 'runs in the cloud' },
};

export const LEVEL_WORDS: Readonly<Record<Level, { readonly name: string; readonly meaning: string }>> = {
  private: { name: 'Private-only', meaning: 'Questions and code stay on this machine.' },
  internal: { name: 'Internal', meaning: 'Questions and code stay on this machine and in your network.' },
  open: { name: 'Open', meaning: 'Questions and code go to the model that you choose, wherever it runs.' },
};
