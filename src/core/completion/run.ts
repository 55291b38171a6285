import type { Clock, Disposable } from '../event.ts';
import { AppError, type Refusal, isRefusal } from '../outcome.ts';
import type { Piece, Usage } from '../provider.ts';
import type { Road } from '../routing/road.ts';
import { createCollector } from './collector.ts';
import { type Ask, type Job, askOf } from './job.ts';

/** The road for completions. */
export type Send = Pick<Road, 'complete' | 'chat'>;

/** One request under way. */
export interface Run {
  readonly job: Job;
  /** As {@link promptOf} has it. */
  readonly prompt: string;
  /** When it was sent, in ms of the clock. */
  readonly since: number;
  /** The text so far, fitted to the document. */
  readonly text: string;
  /** The part of it that may be shown before the end. */
  readonly settled: string;
  /** When the first text came, in ms of the clock. */
  readonly textSince: number | undefined;
  /** Aborts the request now; nothing more is told. */
  cancel(): void;
}

export type RunEnd =
  /** `usage`: where the model came to an end of its own and the server counts. */
  | { readonly end: 'done'; readonly text: string; readonly usage?: Usage }
  | { readonly end: 'refused'; readonly refusal: Refusal }
  /** `text` is what came before and can be kept. */
  | { readonly end: 'failed'; readonly error: AppError; readonly text: string };

export interface RunListener {
  onText(run: Run): void;
  /** Called once, unless the run was cancelled. */
  onEnd(run: Run, end: RunEnd): void;
}

/** Milliseconds that a model in memory gets for the first byte: a prompt of full size on a slow CPU. */
const FIRST_BYTE_MS = 10_000;
/** The same for a model that its server may have to load from a disk first. */
const FIRST_BYTE_LOADING_MS = 60_000;
/**
 * Milliseconds from the first byte to the last. A slow CPU writes some 5 tokens a second: 20 s give it 100, nearly the
 * whole of the default limit, while lines that are ready are shown long before. Who asks explicitly, waits longer.
 */
const TEXT_MS = { automatic: 20_000, explicit: 60_000 } as const;

/** `inMemory`: the model is known to be, also where the list of models does not say so. */
export function startRun(job: Job, send: Send, clock: Clock, listener: RunListener, inMemory = false): Run {
  const controller = new AbortController();
  const ask = askOf(job);
  const collector = createCollector(job);
  let over = false;
  let textSince: number | undefined;
  let heard = false;
  let timer: Disposable = clock.after(firstByteLimit(job, inMemory), () => fail(timedOut()));

  const run: Run = {
    job,
    prompt: promptOf(ask),
    since: clock.now(),
    get text() {
      return collector.text;
    },
    get settled() {
      return collector.settled;
    },
    get textSince() {
      return textSince;
    },
    cancel: close,
  };

  function close(): void {
    over = true;
    timer.dispose();
    controller.abort();
  }

  function finish(end: RunEnd): void {
    if (over) return;
    close();
    listener.onEnd(run, end);
  }

  function timedOut(): AppError {
    return new AppError('timedOut', { endpoint: job.model.endpoint, model: job.model.name });
  }

  /** Lines that came before a failure are as good as any. */
  function fail(error: AppError): void {
    finish({ end: 'failed', error, text: collector.settled });
  }

  /** `complete`: the model came to an end of its own. Else the last line may be half. */
  function done(complete: boolean, usage?: Usage): void {
    const whole = collector.settled;
    collector.finish();
    const text = complete || whole.trim() === '' ? collector.text : whole;
    finish({ end: 'done', text, ...(usage && { usage }) });
  }

  function take(piece: Piece): void {
    if (piece.kind === 'end') {
      if (piece.reason === 'cancelled') finish({ end: 'done', text: '' });
      else done(piece.reason === 'stop', piece.usage);
      return;
    }
    if (!heard) {
      heard = true;
      timer.dispose();
      timer = clock.after(TEXT_MS[job.options.trigger], () =>
        collector.settled === '' ? fail(timedOut()) : done(false),
      );
    }
    if (piece.kind === 'thinking') return;
    textSince ??= clock.now();
    if (collector.push(piece.text)) done(true);
    else listener.onText(run);
  }

  async function drive(): Promise<void> {
    try {
      const { sources } = job;
      const answer =
        ask.kind === 'complete'
          ? await send.complete(ask.request, sources, controller.signal)
          : await send.chat(ask.request, sources, controller.signal);
      if (isRefusal(answer)) return finish({ end: 'refused', refusal: answer });
      for await (const piece of answer) {
        if (!over) take(piece);
        if (over) return;
      }
      fail(new AppError('interrupted', { endpoint: job.model.endpoint, model: job.model.name }));
    } catch (error) {
      fail(error instanceof AppError ? error : new AppError('serverError', { detail: String(error), cause: error }));
    }
  }

  void drive();
  return run;
}

/** The prompt as it is sent, with the text after the cursor behind it where that goes in a field of its own; empty for chats. */
export function promptOf({ kind, request }: Ask): string {
  return kind === 'complete' ? request.prompt + (request.suffix ?? '') : '';
}

function firstByteLimit({ model }: Job, inMemory: boolean): number {
  return inMemory || model.loaded || model.zone === 'cloud' ? FIRST_BYTE_MS : FIRST_BYTE_LOADING_MS;
}
