import type { Zone } from '../core/model.ts';

/** Codicons for where a model runs. */
export const ZONE_ICONS: Readonly<Record<Zone, string>> = {
  device: '$(device-desktop)',
  network: '$(server)',
  cloud: '$(cloud)',
};
