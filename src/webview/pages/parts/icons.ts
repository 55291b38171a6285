/** Drawn on a grid of 16 units, as strokes in the colour of the text around them. */
const PATHS = {
  ok: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM5.3 8.2l1.9 1.9 3.6-4',
  cancelled: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM5.5 8h5',
  failed: 'M8 2.2l6.2 11.3H1.8zM8 6.5v3.3M8 11.7h.01',
  refused: 'M5.5 2h5L14 5.5v5L10.5 14h-5L2 10.5v-5zM5 8h6',
  breach: 'M5.5 2h5L14 5.5v5L10.5 14h-5L2 10.5v-5zM8 4.6v4.2M8 11.2h.01',
  noEnd: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
  note: 'M3 13l.6-2.8 7.2-7.2a1.5 1.5 0 0 1 2.2 2.2L5.8 12.4z',
  device: 'M3 3.5h10v7H3zM1.5 13h13',
  network: 'M3 2.5h10v4.5H3zM3 9h10v4.5H3zM5.3 4.75h.01M5.3 11.25h.01',
  cloud: 'M4.6 12.5a3.1 3.1 0 0 1-.3-6.2A4 4 0 0 1 12 6.9a2.8 2.8 0 0 1-.5 5.6z',
} as const;
export type IconName = keyof typeof PATHS;

const SVG = 'http://www.w3.org/2000/svg';

/** Decoration only: the words stand beside it. */
export function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('class', `icon icon-${name}`);
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', PATHS[name]);
  svg.append(path);
  return svg;
}
