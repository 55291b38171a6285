import type { Model } from '../model.ts';
import { INPUT_PRICES, PRICED_ON } from './inputPrices.ts';

/** What a vendor asks for the reading of a request: at list price, nothing taken from its cache, the answer not counted. */
export interface ReadingCost {
  /** US dollars. */
  readonly dollars: number;
  /** The day of the list, `YYYY-MM-DD`. */
  readonly pricedOn: string;
}

/** `undefined` where no price is known: other servers than the vendor's own, and models that are not on the list. */
export function readingCost({ name, endpoint }: Model, tokens: number): ReadingCost | undefined {
  const host = URL.canParse(endpoint.url) ? new URL(endpoint.url).hostname : '';
  const models = Object.hasOwn(INPUT_PRICES, host) ? INPUT_PRICES[host] : undefined;
  const price = models && Object.hasOwn(models, name) ? models[name] : undefined;
  if (price === undefined) return undefined;
  const [usual, limit, above] = typeof price === 'number' ? [price, Infinity, price] : price;
  return { dollars: (tokens * (tokens > limit ? above : usual)) / 1_000_000, pricedOn: PRICED_ON };
}

/** As `about $0.0123 to read at the list price of 2026-11-10; the answer is not in it`. */
export function costText({ dollars, pricedOn }: ReadingCost): string {
  const amount = dollars < 0.0001 ? 'less than $0.0001' : `about $${dollars.toFixed(dollars < 0.1 ? 4 : 2)}`;
  return `${amount} to read at the list price of ${pricedOn}; the answer is not in it`;
}
