import * as v from 'valibot';
import * as vscode from 'vscode';
import { type Clock, createEmitter, type Disposable, type Event } from '../core/event.ts';

/** Completion that keeps quiet for a while. Survives a reload of the window. */
export interface Snooze extends Disposable {
  readonly active: boolean;
  /** Asks for how long; ends a snooze instead where one is on. */
  choose(): Promise<void>;
  wake(): void;
  readonly onDidChange: Event<void>;
}

const KEY = 'switchyard.completion.snoozedUntil';
const MINUTE_MS = 60_000;
const CHOICES: readonly (readonly [label: string, minutes: number])[] = [
  ['5 minutes', 5],
  ['15 minutes', 15],
  ['1 hour', 60],
  ['4 hours', 240],
];
/** Milliseconds since the epoch. */
const Until = v.fallback(v.number(), 0);

export function createSnooze(memory: vscode.Memento, clock: Clock): Snooze {
  const changed = createEmitter<void>();
  let until = v.parse(Until, memory.get<unknown>(KEY));
  let timer: Disposable | undefined;
  const active = () => clock.now() < until;
  const follow = () => {
    timer?.dispose();
    timer = active() ? clock.after(until - clock.now(), changed.fire) : undefined;
  };
  const set = (next: number) => {
    until = next;
    void memory.update(KEY, next === 0 ? undefined : next);
    follow();
    changed.fire();
  };
  follow();
  return {
    get active() {
      return active();
    },
    async choose() {
      const time = (at: number) => new Date(at).toLocaleTimeString(vscode.env.language, { timeStyle: 'short' });
      const rows = CHOICES.map(([label, minutes]) => ({
        label,
        description: `until ${time(clock.now() + minutes * MINUTE_MS)}`,
        next: () => clock.now() + minutes * MINUTE_MS,
      }));
      const wake = { label: '$(bell) Wake up now', description: `snoozed until ${time(until)}`, next: () => 0 };
      const picked = await vscode.window.showQuickPick(active() ? [wake, ...rows] : rows, {
        title: 'Snooze Inline Completion',
        placeHolder: 'Nothing is completed while you type. “Complete at the Cursor” still works.',
      });
      if (picked) set(picked.next());
    },
    wake: () => set(0),
    onDidChange: changed.event,
    dispose() {
      timer?.dispose();
      changed.dispose();
    },
  };
}
