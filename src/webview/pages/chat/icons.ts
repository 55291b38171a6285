import { drawn, ZONE_PATHS } from '../parts/svg.ts';

const PATHS = {
  ...ZONE_PATHS,
  private: 'M3.5 7.5h9v6h-9zM5.5 7.5V5a2.5 2.5 0 0 1 5 0v2.5',
  internal: 'M8 1.8l5 1.9v3.6c0 3-2 5.3-5 6.9-3-1.6-5-3.9-5-6.9V3.7z',
  open: 'M3.5 7.5h9v6h-9zM5.5 7.5V4.7a2.5 2.5 0 0 1 4.8-.9',
  send: 'M8 13V3.2M3.8 7.2L8 3l4.2 4.2',
  stop: 'M4.5 4.5h7v7h-7z',
  copy: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3',
  insert: 'M2.5 3.5h11M2.5 12.5h11M8 5v6M5.7 8.7L8 11l2.3-2.3',
  replace: 'M2.5 5.5h9M9 3l2.5 2.5L9 8M13.5 10.5h-9M7 8L4.5 10.5 7 13',
  newFile: 'M9 1.5H3.5v13h9V5zM9 1.5V5h3.5M8 7.5v4M6 9.5h4',
  regenerate: 'M13.2 8a5.2 5.2 0 1 1-1.6-3.7M13.5 2v3h-3',
  edit: 'M3 13l.6-2.8 7.2-7.2a1.5 1.5 0 0 1 2.2 2.2L5.8 12.4zM9.6 4.2l2.2 2.2',
  remove: 'M4.5 4.5l7 7M11.5 4.5l-7 7',
  more: 'M4.5 6.5L8 10l3.5-3.5',
  down: 'M8 3v9.5M3.8 8.5L8 12.7l4.2-4.2',
  warning: 'M8 2.2l6.2 11.3H1.8zM8 6.5v3.3M8 11.7h.01',
  file: 'M9 1.5H3.5v13h9V5zM9 1.5V5h3.5',
  manifest: 'M3.5 1.5h9v13h-9zM6 5h4M6 8h4M6 11h2.5',
  explain: 'M8 13.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11zM8 7.5V11M8 5.2h.01',
  fix: 'M10.2 2.6a3.2 3.2 0 0 0-3 4.3L2.6 11.5l1.9 1.9 4.6-4.6a3.2 3.2 0 0 0 4.3-3l-2 .9-1.8-1.8z',
  writeTests: 'M6 2v4.2L2.9 12a1.2 1.2 0 0 0 1 1.8h8.2a1.2 1.2 0 0 0 1-1.8L10 6.2V2M4.8 2h6.4M4.6 9.5h6.8',
  switchyard: 'M2 12.5h12M2 12.5c5 0 5.5-7 10.5-7M10.3 3.3l2.4 2.2-2.4 2.2',
} as const;
export type IconName = keyof typeof PATHS;

export const icon = (name: IconName): SVGSVGElement => drawn(name, PATHS[name]);
