/** Where things run, drawn on a grid of 16 units. */
export const ZONE_PATHS = {
  device: 'M3 3.5h10v7H3zM1.5 13h13',
  network: 'M3 2.5h10v4.5H3zM3 9h10v4.5H3zM5.3 4.75h.01M5.3 11.25h.01M8 7v2',
  cloud: 'M4.6 12.5a3.1 3.1 0 0 1-.3-6.2A4 4 0 0 1 12 6.9a2.8 2.8 0 0 1-.5 5.6z',
} as const;

const SVG = 'http://www.w3.org/2000/svg';

/** A path on a grid of 16 units, as strokes in the colour of the text around it. Decoration only: the words stand beside it or in the label of what holds it. */
export function drawn(name: string, path: string): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('class', `icon icon-${name}`);
  svg.setAttribute('aria-hidden', 'true');
  const stroke = document.createElementNS(SVG, 'path');
  stroke.setAttribute('d', path);
  svg.append(stroke);
  return svg;
}
