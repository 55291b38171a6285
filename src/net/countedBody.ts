type Bytes = ReadableStream<Uint8Array>;

export interface Watch {
  /** Called with the length of each piece as it passes. */
  count(bytes: number): void;
  /** After the last piece, before the reader is told that there are no more. */
  ended(): Promise<void>;
  /** The stream broke: returns the error that its reader gets. */
  broke(error: unknown): Promise<Error>;
  /** Its reader wants no more. */
  cancelled(): Promise<void>;
}

/** Passes a stream on piece by piece, only when asked for one: nothing is held back or read ahead. */
export function countedBody(source: Bytes, watch: Watch): Bytes {
  const reader = source.getReader();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (!done) {
            watch.count(value.byteLength);
            controller.enqueue(value);
            return;
          }
        } catch (error) {
          controller.error(await watch.broke(error));
          return;
        }
        await watch.ended();
        controller.close();
      },
      async cancel(reason) {
        // Not awaited: a source that hangs must not keep its socket open.
        reader.cancel(reason).catch(() => undefined);
        await watch.cancelled();
      },
    },
    { highWaterMark: 0 },
  );
}
