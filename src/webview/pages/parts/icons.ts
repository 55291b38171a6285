import { drawn, ZONE_PATHS } from './svg.ts';

const PATHS = {
  ...ZONE_PATHS,
  ok: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM5.3 8.2l1.9 1.9 3.6-4',
  cancelled: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM5.5 8h5',
  failed: 'M8 2.2l6.2 11.3H1.8zM8 6.5v3.3M8 11.7h.01',
  refused: 'M5.5 2h5L14 5.5v5L10.5 14h-5L2 10.5v-5zM5 8h6',
  breach: 'M5.5 2h5L14 5.5v5L10.5 14h-5L2 10.5v-5zM8 4.6v4.2M8 11.2h.01',
  noEnd: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
  note: 'M3 13l.6-2.8 7.2-7.2a1.5 1.5 0 0 1 2.2 2.2L5.8 12.4z',
} as const;
export type IconName = keyof typeof PATHS;

export const icon = (name: IconName): SVGSVGElement => drawn(name, PATHS[name]);
