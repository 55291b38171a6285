import * as z from 'zod/mini';

/** A field that servers of some age send otherwise or not at all: `undefined` for whatever does not fit. */
export function lenient<S extends z.ZodMiniType>(schema: S) {
  return z.catch(z.optional(schema), undefined);
}
