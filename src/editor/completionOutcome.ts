import * as vscode from 'vscode';
import { type Learning, SURVIVED_MS, createLearning, shareLeft } from '../core/completion/learning.ts';
import type { Engine } from '../core/completion/engine.ts';
import type { Suggestion } from '../core/completion/snapshot.ts';
import type { Clock, Disposable } from '../core/event.ts';

const STORED = 'completion.counts';
/** The editor runs this once it has inserted a completion. Nobody else can: it knows completions by their numbers. */
const TAKEN = 'switchyard.completionTaken';
/** How long counts wait for more before they are written, in ms. */
const WRITE_MS = 5_000;
/** Lines around an accepted text that are looked through for it later. */
const AROUND = 40;
/** Share of its lines that must still be there. */
const MOSTLY = 0.5;

/** The counts of what became of completions: kept with the extension's own data, and never sent anywhere. */
export function createStoredLearning(memory: vscode.Memento, clock: Clock): Learning & Disposable {
  let write: Disposable | undefined;
  const flush = () => void memory.update(STORED, learning.data);
  const learning = createLearning(memory.get(STORED), () => {
    write?.dispose();
    write = clock.after(WRITE_MS, flush);
  });
  return Object.assign(learning, {
    dispose() {
      write?.dispose();
      flush();
    },
  });
}

/** A completion that was given to the editor. */
export interface Offer {
  readonly suggestion: Suggestion;
  readonly document: vscode.TextDocument;
  readonly position: vscode.Position;
}

/** Sees what becomes of the completions that the editor shows. */
export interface CompletionOutcome extends Disposable {
  /** Marks items, the first of which is on the screen. */
  offer(items: readonly { readonly item: vscode.InlineCompletionItem; readonly offer: Offer }[]): void;
  changed(event: vscode.TextDocumentChangeEvent): void;
  /** Whether what was given last may still be on the screen, in this document. */
  isOffered(uri?: string): boolean;
}

export function createCompletionOutcome(
  engine: Pick<Engine, 'shown' | 'accepted'>,
  learning: Learning,
  clock: Clock,
): CompletionOutcome {
  const offers = new Map<number, Offer>();
  const checks = new Set<Disposable>();
  let next = 0;
  let current: Offer | undefined;
  let version = 0;

  /** Looks, some time later, whether an accepted text is still there. */
  function watch({ suggestion, document, position }: Offer): void {
    const check = clock.after(SURVIVED_MS, () => {
      checks.delete(check);
      if (document.isClosed) return;
      const last = position.line + suggestion.text.split('\n').length;
      const region = new vscode.Range(Math.max(0, position.line - AROUND), 0, last + AROUND, 0);
      const left = shareLeft(suggestion.text, document.getText(document.validateRange(region)));
      learning.survived(suggestion.model.id, left >= MOSTLY);
    });
    checks.add(check);
  }

  function taken(id: unknown): void {
    const offer = typeof id === 'number' ? offers.get(id) : undefined;
    if (!offer) return;
    offers.clear();
    current = undefined;
    engine.accepted(offer.suggestion, 'whole');
    watch(offer);
  }

  const registration = vscode.commands.registerCommand(TAKEN, taken);
  return {
    offer(items) {
      offers.clear();
      for (const { item, offer } of items) {
        offers.set(next, offer);
        item.command = { command: TAKEN, title: '', arguments: [next] };
        next++;
      }
      current = items[0]?.offer;
      version = current?.document.version ?? 0;
      if (current) engine.shown(current.suggestion);
    },
    /** More than a key, from the beginning of what is shown: a word or a line was accepted. */
    changed({ document, contentChanges: [change, ...others] }) {
      const offer = current;
      if (!offer || document !== offer.document || !change) return;
      current = undefined;
      const { length } = change.text;
      const { text } = offer.suggestion;
      if (others.length > 0 || length < 2 || length >= text.length || !change.range.isEmpty) return;
      if (!change.range.start.isEqual(offer.position) || !text.startsWith(change.text)) return;
      engine.accepted(offer.suggestion, { characters: length });
      watch({ ...offer, suggestion: { ...offer.suggestion, text: change.text } });
    },
    isOffered(uri) {
      const editor = vscode.window.activeTextEditor;
      if (!current || !editor || editor.document !== current.document || editor.selections.length > 1) return false;
      const { document, position } = current;
      const here = editor.selection.isEmpty && editor.selection.active.isEqual(position);
      return here && document.version === version && (uri === undefined || document.uri.toString() === uri);
    },
    dispose() {
      for (const check of checks) check.dispose();
      registration.dispose();
    },
  };
}
