import * as vscode from 'vscode';
import { createEngine } from '../core/completion/engine.ts';
import { type Occasion, gate } from '../core/completion/gate.ts';
import type { Suggestion } from '../core/completion/snapshot.ts';
import { createSuspicion } from '../core/completion/suspicion.ts';
import type { Model, ModelId } from '../core/model.ts';
import { type CompletionSettings, createCompletionSettings } from './completionSettings.ts';
import { createContextSources } from './contextSources.ts';
import { type Offer, createCompletionOutcome, createStoredLearning } from './completionOutcome.ts';
import { signalOf } from './cancellation.ts';
import type { InlineCompletionParts } from './completionParts.ts';
import { createCompletionStatus } from './completionStatus.ts';
import { type Wish, wishAt } from './completionWish.ts';
import { DOCUMENT_SCHEMES, notebookOf, surroundingsOf } from './documents.ts';

/** How long the editor may take to turn our command into a request for completions, in ms. */
const ASKED_MS = 1_000;
/** The same for asking again on our own. */
const MORE_MS = 200;
/** Keys in a row for which the editor may have asked nothing: it waits for a pause between them. */
const UNASKED = 8;
/** Texts to choose from, for those who ask for others. */
const ALTERNATIVES = 3;
const DOCUMENTS: ReadonlySet<string> = new Set(DOCUMENT_SCHEMES);

export interface InlineCompletion extends vscode.Disposable, Pick<CompletionSettings, 'toggle' | 'toggleForLanguage'> {
  completeHere(): Promise<void>;
}

/** Shows completions as ghost text, in every document that people write in. */
export function createInlineCompletion(parts: InlineCompletionParts): InlineCompletion {
  const { road, proofs, switcher, levels, ignoring, snooze, log, clock, onState } = parts;
  const settings = createCompletionSettings(parts.settings, snooze, () => switcher.current('completion')?.zone);
  const changedAt = new WeakMap<vscode.TextDocument, number>();
  /** When the user asked with our own command; 0 once that was answered. */
  let askedAt = 0;
  /** Whether the last request took the suggest widget's entry for accepted: its text is not where the cursor is. */
  let overlaid = false;
  let modelId: ModelId | undefined;

  const status = createCompletionStatus({ settings, switcher, ignoring, log, onState });
  /** A document that has changed, while the editor has not told where its cursor is since. */
  let unseen: vscode.TextDocument | undefined;
  /** Keys for which work began, since the editor asked last. */
  let unasked = 0;
  /** When we made the editor ask again. */
  let moreAt = -Infinity;

  const watched = createSuspicion({ send: road, proofs, clock });
  const learning = createStoredLearning(parts.memory, clock);
  const context = createContextSources({
    ...parts,
    model: () => switcher.current('completion'),
    isOn: (uri) => settings.hasContext(uri, switcher.current('completion')?.zone),
    onRefresh: revisit,
  });
  const engine = createEngine({
    send: watched,
    clock,
    context,
    learning,
    onMore: showMore,
    onState(state) {
      if (state.state === 'failed') log.warn(`Completion: ${state.error.message}`);
      if (state.state === 'refused') log.warn(`Completion refused: ${state.refusal.reason}`);
      if (state.state === 'idle') status.tell();
      else onState(state);
    },
  });

  const outcome = createCompletionOutcome(engine, learning, clock);

  function occasionOf(context: vscode.InlineCompletionContext): Occasion {
    if (clock.now() - askedAt < ASKED_MS) {
      askedAt = 0;
      return 'command';
    }
    // What we asked the editor to ask is not what the user asks.
    if (clock.now() - moreAt < MORE_MS) {
      moreAt = -Infinity;
      return 'typing';
    }
    return context.triggerKind === vscode.InlineCompletionTriggerKind.Invoke ? 'invoked' : 'typing';
  }

  function wishFor(
    document: vscode.TextDocument,
    position: vscode.Position,
    occasion: Occasion,
    model: Model,
    selected?: vscode.SelectedCompletionInfo,
  ): Wish | undefined {
    const values = settings.of(document.uri);
    const sinceKey = clock.now() - (changedAt.get(document) ?? 0);
    return wishAt({ document, position, occasion, model, values, levels, selected, sinceKey });
  }

  async function provide(
    document: vscode.TextDocument,
    position: vscode.Position,
    context: vscode.InlineCompletionContext,
    token: vscode.CancellationToken,
  ): Promise<vscode.InlineCompletionItem[] | undefined> {
    const started = clock.now();
    unasked = 0;
    const model = switcher.current('completion');
    const occasion = occasionOf(context);
    const verdict = gate(settings.gate(document.uri, model?.zone), document.languageId, model, occasion);
    if (verdict !== 'go' || !model || token.isCancellationRequested) return undefined;
    if (model.zone !== 'device' && (await status.isIgnored(document, model))) {
      onState({ state: 'off', why: 'ignored' });
      return undefined;
    }
    if (token.isCancellationRequested) return undefined;
    const selected = context.selectedCompletionInfo;
    const wish = wishFor(document, position, occasion, model, selected);
    if (!wish) return undefined;
    overlaid = selected !== undefined;
    const stop = signalOf(token);
    try {
      const suggestions = await ask(wish, model, occasion, stop.signal);
      if (token.isCancellationRequested) return undefined;
      const [first] = suggestions;
      if (first)
        log.debug(`Completion from ${first.from} in ${clock.now() - started} ms, ${first.text.length} characters`);
      const items = suggestions.map((suggestion) => {
        const text = (selected?.text ?? '') + suggestion.text;
        const range = selected?.range ?? new vscode.Range(position, position.translate(0, suggestion.replaces));
        const offer: Offer = { suggestion, document, position };
        return { item: new vscode.InlineCompletionItem(text, range), offer };
      });
      outcome.offer(items);
      return items.map(({ item }) => item);
    } finally {
      stop.dispose();
    }
  }

  /** Who asks again where something is shown already, wants to see others. */
  async function ask(
    { snapshot, options }: Wish,
    model: Model,
    occasion: Occasion,
    signal: AbortSignal,
  ): Promise<readonly Suggestion[]> {
    if (occasion === 'invoked' && outcome.isOffered(snapshot.uri)) {
      return engine.alternatives(snapshot, model, options, ALTERNATIVES, signal);
    }
    const suggestion = await engine.suggest(snapshot, model, options, signal);
    return suggestion ? [suggestion] : [];
  }

  /** More lines than those on the screen are known: the editor shows them when it asks again. */
  function showMore(): void {
    if (!outcome.isOffered() || overlaid || !vscode.window.state.focused) return;
    moreAt = clock.now();
    void vscode.commands.executeCommand('editor.action.inlineSuggest.trigger');
  }

  /** The cursor moved: work starts at once where the document changed, long before the editor asks. */
  async function moved({ textEditor, selections }: vscode.TextEditorSelectionChangeEvent): Promise<void> {
    if (textEditor !== vscode.window.activeTextEditor) return;
    const { document } = textEditor;
    const typed = unseen === document;
    unseen = undefined;
    const model = switcher.current('completion');
    const [selection] = selections;
    if (!model || !selection?.isEmpty || selections.length > 1) {
      if (engine.busy) engine.cancel();
      return;
    }
    if (!typed && overlaid) return;
    await lookAt(document, selection.active, model, typed);
  }

  async function lookAt(
    document: vscode.TextDocument,
    at: vscode.Position,
    model: Model,
    typed: boolean,
  ): Promise<void> {
    // Where the editor shows no completions (its setting, its own snooze) it does not ask, and nothing may run in vain.
    const isWanted = (typed ? ++unasked : unasked) <= UNASKED;
    const goes =
      isWanted && gate(settings.gate(document.uri, model?.zone), document.languageId, model, 'typing') === 'go';
    const { version } = document;
    if (
      goes &&
      DOCUMENTS.has(document.uri.scheme) &&
      !(model.zone !== 'device' && (await status.isIgnored(document, model)))
    ) {
      if (document.version !== version || document.isClosed) return;
      const wish = wishFor(document, at, 'typing', model);
      if (wish && typed) return engine.prepare(wish.snapshot, model, wish.options);
      if (wish) return engine.visit(wish.snapshot, model, wish.options);
    }
    if (!engine.busy) return;
    const around = surroundingsOf(document, at, notebookOf(document));
    engine.follow({ ...around, uri: document.uri.toString() }, model);
  }

  /** The model may read what is at the cursor, while nobody wants anything. */
  function revisit(): void {
    const editor = vscode.window.activeTextEditor;
    const model = switcher.current('completion');
    if (editor && model && !engine.busy && !outcome.isOffered()) {
      logged(lookAt(editor.document, editor.selection.active, model, false));
    }
  }

  /** Nobody waits for it. */
  function logged(work: Promise<void>): void {
    work.catch((error: unknown) => log.error(`Completion: ${String(error)}`));
  }

  function onModelChange(): void {
    engine.forgive();
    const now = switcher.current('completion')?.id;
    if (now !== modelId) engine.cancel();
    modelId = now;
    status.tell();
  }

  async function completeHere(): Promise<void> {
    // The editor does not ask a provider twice about the same place, also when it got nothing: the server may be up now.
    registration.dispose();
    registration = register();
    askedAt = clock.now();
    await vscode.commands.executeCommand('editor.action.inlineSuggest.trigger');
  }

  const register = (): vscode.Disposable =>
    vscode.languages.registerInlineCompletionItemProvider(
      DOCUMENT_SCHEMES.map((scheme) => ({ scheme })),
      { provideInlineCompletionItems: provide },
    );
  let registration = register();
  status.tell();
  const subscriptions = vscode.Disposable.from(
    { dispose: () => void registration.dispose() },
    vscode.workspace.onDidChangeTextDocument((event) => {
      if (event.contentChanges.length === 0) return;
      outcome.changed(event);
      changedAt.set(event.document, clock.now());
      unseen = event.document;
    }),
    vscode.window.onDidChangeTextEditorSelection((event) => logged(moved(event))),
    vscode.window.onDidChangeActiveTextEditor(() => {
      engine.cancel();
      status.tell();
      revisit();
    }),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (!change.affectsConfiguration('switchyard')) return;
      settings.clear();
      engine.cancel();
      status.tell();
    }),
    vscode.workspace.onDidChangeWorkspaceFolders(() => settings.clear()),
    switcher.onDidChange(onModelChange),
    ignoring.onDidChange(() => status.tell()),
    snooze.onDidChange(() => {
      engine.cancel();
      status.tell();
    }),
    engine,
    watched,
    outcome,
    learning,
    context,
  );
  const { toggle, toggleForLanguage } = settings;
  return { toggle, toggleForLanguage, completeHere, dispose: () => void subscriptions.dispose() };
}
