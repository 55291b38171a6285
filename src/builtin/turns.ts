/** Lets one batch run at a time; who waits for a completion goes before who waits for a chat. */
export interface Turns {
  take<T>(urgent: boolean, run: () => Promise<T>): Promise<T>;
}

export function createTurns(): Turns {
  const urgentOnes: (() => void)[] = [];
  const others: (() => void)[] = [];
  let busy = false;
  const next = () => {
    const start = urgentOnes.shift() ?? others.shift();
    if (start) start();
    else busy = false;
  };
  return {
    async take(urgent, run) {
      if (busy) await new Promise<void>((resolve) => (urgent ? urgentOnes : others).push(resolve));
      busy = true;
      try {
        return await run();
      } finally {
        next();
      }
    },
  };
}
