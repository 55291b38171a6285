import type { PageRow } from '../../requestsProtocol.ts';

export const ZONE_NAMES = { device: 'Device', network: 'Network', cloud: 'Cloud' } as const;
export const LEVEL_NAMES = { private: 'Private-only', internal: 'Internal', open: 'Open' } as const;

const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const clock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});
const number = new Intl.NumberFormat();
const short = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });

/** Day and time where the reader is. */
export function timeText(iso: string): string {
  const at = new Date(iso);
  return Number.isNaN(at.getTime()) ? iso : `${day.format(at)}, ${clock.format(at)}`;
}

export function numberText(value: number): string {
  return number.format(value);
}

export function bytesText(bytes: number | undefined): string {
  if (bytes === undefined) return '';
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1e6 ? `${short.format(bytes / 1000)} kB` : `${short.format(bytes / 1e6)} MB`;
}

/** From seconds on without fractions of milliseconds. */
export function durationText(ms: number | undefined): string {
  if (ms === undefined) return '';
  if (ms < 1000) return `${short.format(ms < 10 ? ms : Math.round(ms))} ms`;
  return ms < 60_000 ? `${short.format(ms / 1000)} s` : `${short.format(ms / 60_000)} min`;
}

export function tokensText({ promptTokens, outputTokens }: PageRow): string {
  if (promptTokens === undefined && outputTokens === undefined) return '';
  return `${promptTokens === undefined ? '?' : numberText(promptTokens)} → ${outputTokens === undefined ? '?' : numberText(outputTokens)}`;
}

/** Why it ended as it did: the rule and the reason. */
export function reasonText({ rule, reason }: PageRow): string {
  return [rule, reason].filter(Boolean).join(': ');
}
