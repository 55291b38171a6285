import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createEngine } from '../../../src/core/completion/engine.ts';
import type { Suggestion } from '../../../src/core/completion/snapshot.ts';
import type { CompletionState } from '../../../src/core/completion/state.ts';
import { AppError } from '../../../src/core/outcome.ts';
import { AUTOMATIC, EXPLICIT, fakeClock, flush, model, snapshot } from './sample.ts';
import { scriptedSend } from './server.ts';

const MODELS = [model('qwen2.5-coder:7b'), model('codestral-2508', { zone: 'cloud' })];
const TRUTH = 'const total = add(first, second);\nreturn total;\n}\n';

const step = fc.oneof(
  { weight: 5, arbitrary: fc.constant('type' as const) },
  ...(
    [
      'erase',
      'mistype',
      'ask',
      'demand',
      'more',
      'withdraw',
      'text',
      'end',
      'fail',
      'length',
      'wait',
      'shown',
      'accept',
      'jump',
      'cancel',
    ] as const
  ).map((kind) => ({ weight: 1, arbitrary: fc.constant(kind) })),
);

test('whatever happens, every wish is answered, at most one request runs, and none is left', async () => {
  const property = fc.asyncProperty(
    fc.array(fc.tuple(step, fc.nat(400)), { maxLength: 60 }),
    fc.constantFrom(...MODELS),
    async (steps, who) => {
      const send = scriptedSend();
      const clock = fakeClock();
      const states: CompletionState[] = [];
      const engine = createEngine({ send, clock, onState: (state) => void states.push(state) });
      const asked: { settled: boolean; controller: AbortController }[] = [];
      const options = { ...AUTOMATIC, delayMs: 'automatic' } as const;
      let typed = 0;
      let wrong = '';
      let last: Suggestion | undefined;
      const here = () => snapshot(`function f() {\n    ${TRUTH.slice(0, typed)}${wrong}‸\n}\nend();`);
      const changed = () => engine.prepare(here(), who, options);
      const wish = (wanted: Promise<Suggestion | undefined>, controller: AbortController) => {
        const entry = { settled: false, controller };
        asked.push(entry);
        void (async () => {
          const suggestion = await wanted;
          entry.settled = true;
          last = suggestion ?? last;
        })();
      };
      const answering = () => send.live > 0 && send.calls.some((call) => !call.signal.aborted);
      const current = () => send.calls.findLast((call) => !call.signal.aborted) ?? send.last;

      for (const [kind, ms] of steps) {
        const controller = new AbortController();
        if (kind === 'type') {
          typed = Math.min(TRUTH.length, typed + 1);
          changed();
        } else if (kind === 'erase') {
          if (wrong === '') typed = Math.max(0, typed - 1);
          wrong = wrong.slice(1);
          changed();
        } else if (kind === 'mistype') {
          wrong += 'x';
          changed();
        } else if (kind === 'ask') wish(engine.suggest(here(), who, options, controller.signal), controller);
        else if (kind === 'demand') wish(engine.suggest(here(), who, EXPLICIT, controller.signal), controller);
        else if (kind === 'more') {
          wish(
            engine.alternatives(here(), who, EXPLICIT, 3, controller.signal).then(([first]) => first),
            controller,
          );
        } else if (kind === 'withdraw') asked.at(-1)?.controller.abort();
        else if (kind === 'text' && answering()) await current().text(TRUTH.slice(typed, typed + (ms % 40)));
        else if (kind === 'end' && answering()) await current().end();
        else if (kind === 'length' && answering()) await current().end('length');
        else if (kind === 'fail' && answering()) await current().fail(new AppError(ms % 2 ? 'interrupted' : 'busy'));
        else if (kind === 'wait') await clock.pass(ms);
        else if (kind === 'shown' && last) engine.shown(last);
        else if (kind === 'accept' && last) engine.accepted(last, 'whole');
        else if (kind === 'jump') engine.visit(snapshot(`other();\n${'x = 1;\n'.repeat(ms)}‸`), who, options);
        else if (kind === 'cancel') engine.cancel();
        await flush();
        expect(send.live).toBeLessThanOrEqual(1);
      }
      // The server says nothing any more: time limits end what waits.
      await clock.pass(200_000);
      await flush();
      expect(send.live).toBe(0);
      expect(asked.filter(({ settled }) => !settled)).toEqual([]);
      expect(engine.busy).toBe(false);
      expect(states.at(-1)?.state ?? 'idle').not.toMatch(/waiting|generating/);
      engine.dispose();
    },
  );
  await fc.assert(property, { numRuns: 300 });
}, 60_000);
