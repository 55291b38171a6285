import { duration } from '../setup/progress.ts';

/** The parts of a run by name, with how long each took. Parts may run at the same time. */
export interface Phases {
  run<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** Prints the times. */
  report(): void;
}

export function createPhases(): Phases {
  const started = Date.now();
  const done: { readonly name: string; readonly ms: number }[] = [];
  return {
    async run(name, work) {
      const begun = Date.now();
      process.stdout.write(`== ${name}\n`);
      const result = await work();
      const ms = Date.now() - begun;
      done.push({ name, ms });
      process.stdout.write(`   ${name}: ready (${duration(ms)})\n`);
      return result;
    },
    report() {
      const total = { name: 'in all', ms: Date.now() - started };
      const lines = [...done, total].map(({ name, ms }) => `  ${duration(ms).padStart(8)}  ${name}`);
      process.stdout.write(`\n== times\n${lines.join('\n')}\n`);
    },
  };
}
