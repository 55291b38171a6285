import * as vscode from 'vscode';
import { createEngine } from '../core/completion/engine.ts';
import { type Occasion, gate, isMidWord } from '../core/completion/gate.ts';
import type { Snapshot } from '../core/completion/snapshot.ts';
import type { CompletionState } from '../core/completion/state.ts';
import { createSuspicion } from '../core/completion/suspicion.ts';
import type { Proofs } from '../core/completion/proofs.ts';
import type { Clock } from '../core/event.ts';
import type { Model, ModelId } from '../core/model.ts';
import type { Levels } from '../core/privacy/levels.ts';
import type { Road } from '../core/routing/road.ts';
import type { Switcher } from '../core/routing/switcher.ts';
import { type CompletionSettings, createCompletionSettings } from './completionSettings.ts';
import { DOCUMENT_SCHEMES, indentationOf, notebookOf, surroundingsOf, withSelected } from './documents.ts';
import type { IgnoreRules } from './ignoreRules.ts';
import type { ReadSettings } from './settings.ts';
import type { Snooze } from './snooze.ts';

export interface InlineCompletionParts {
  readonly road: Pick<Road, 'complete' | 'chat'>;
  /** Where it is remembered whether a model fills holes. */
  readonly proofs: Proofs;
  readonly switcher: Pick<Switcher, 'current' | 'onDidChange'>;
  readonly levels: Pick<Levels, 'sourcesOf'>;
  readonly settings: ReadSettings;
  /** Which documents never leave this machine. Not asked for models that run here. */
  readonly ignoring: Pick<IgnoreRules, 'of' | 'onDidChange'>;
  readonly snooze: Snooze;
  readonly log: vscode.LogOutputChannel;
  readonly clock: Clock;
  /** What completion is doing, for the status bar. */
  readonly onState: (state: CompletionState) => void;
}

/** How long the editor may take to turn our command into a request for completions, in ms. */
const ASKED_MS = 1_000;

export interface InlineCompletion extends vscode.Disposable, Pick<CompletionSettings, 'toggle' | 'toggleForLanguage'> {
  completeHere(): Promise<void>;
}

/** Shows completions as ghost text, in every document that people write in. */
export function createInlineCompletion(parts: InlineCompletionParts): InlineCompletion {
  const { road, proofs, switcher, levels, ignoring, snooze, log, clock, onState } = parts;
  const settings = createCompletionSettings(parts.settings, snooze);
  const changedAt = new WeakMap<vscode.TextDocument, number>();
  /** When the user asked with our own command; 0 once that was answered. */
  let askedAt = 0;
  /** Whether the last request took the suggest widget's entry for accepted: its text is not where the cursor is. */
  let overlaid = false;
  let modelId: ModelId | undefined;

  const watched = createSuspicion({ send: road, proofs, clock });
  const engine = createEngine({
    send: watched,
    clock,
    onState(state) {
      if (state.state === 'failed') log.warn(`Completion: ${state.error.message}`);
      if (state.state === 'refused') log.warn(`Completion refused: ${state.refusal.reason}`);
      if (state.state === 'idle') tellWhetherOn();
      else onState(state);
    },
  });

  /** Idle, or off and why, for the document in front. */
  function tellWhetherOn(): void {
    const document = vscode.window.activeTextEditor?.document;
    const model = switcher.current('completion');
    const verdict = gate(settings.gate(document?.uri), document?.languageId ?? '*', model, 'typing');
    onState(typeof verdict === 'object' ? { state: 'off', why: verdict.off } : { state: 'idle' });
    if (typeof verdict !== 'object' && document && model) void tellWhetherIgnored(document, model);
  }

  async function tellWhetherIgnored(document: vscode.TextDocument, model: Model): Promise<void> {
    if (!(await isIgnored(document, model))) return;
    const still = vscode.window.activeTextEditor?.document === document && switcher.current('completion') === model;
    if (still) onState({ state: 'off', why: 'ignored' });
  }

  /** Whether a document may not go to where the model runs; yes, where that cannot be told. */
  async function isIgnored({ uri }: vscode.TextDocument, { zone }: Model): Promise<boolean> {
    if (zone === 'device') return false;
    try {
      return (await ignoring.of(uri.toString())) !== undefined;
    } catch (error) {
      log.error(`Ignore rules: ${String(error)}`);
      return true;
    }
  }

  function occasionOf(context: vscode.InlineCompletionContext): Occasion {
    if (clock.now() - askedAt < ASKED_MS) {
      askedAt = 0;
      return 'command';
    }
    return context.triggerKind === vscode.InlineCompletionTriggerKind.Invoke ? 'invoked' : 'typing';
  }

  async function provide(
    document: vscode.TextDocument,
    position: vscode.Position,
    context: vscode.InlineCompletionContext,
    token: vscode.CancellationToken,
  ): Promise<vscode.InlineCompletionItem[] | undefined> {
    const started = clock.now();
    const model = switcher.current('completion');
    const values = settings.of(document.uri);
    const occasion = occasionOf(context);
    const verdict = gate(settings.gate(document.uri), document.languageId, model, occasion);
    if (verdict !== 'go' || !model || token.isCancellationRequested) return undefined;
    if (model.zone !== 'device' && (await isIgnored(document, model))) {
      onState({ state: 'off', why: 'ignored' });
      return undefined;
    }
    if (token.isCancellationRequested) return undefined;

    const notebook = notebookOf(document);
    const owner = notebook?.uri ?? document.uri;
    if (vscode.workspace.fs.isWritableFileSystem(owner.scheme) === false) return undefined;
    const selections = vscode.window.activeTextEditor?.document === document ? selectionsInFront() : [];
    if (selections.length > 1) return undefined;
    const selected = context.selectedCompletionInfo;
    const real = surroundingsOf(document, position, notebook);
    const around = selected ? withSelected(real, selected) : real;
    if (!around) return undefined;
    const lineAfter = around.text.line(around.cursor.line).slice(around.cursor.character);
    if (occasion === 'typing' && (isMidWord(lineAfter) || selections.some((s) => !s.isEmpty))) return undefined;

    overlaid = selected !== undefined;
    const snapshot: Snapshot = {
      ...around,
      uri: document.uri.toString(),
      fileName: vscode.workspace.asRelativePath(owner, false),
      languageId: document.languageId,
      indentation: indentationOf(document),
      eol: document.eol === vscode.EndOfLine.CRLF ? '\r\n' : '\n',
      sources: levels.sourcesOf(owner.toString()),
    };
    const sinceKey = started - (changedAt.get(document) ?? 0);
    const explicit = occasion !== 'typing';
    const stop = signalOf(token);
    try {
      const suggestion = await engine.suggest(
        snapshot,
        model,
        {
          trigger: explicit ? 'explicit' : 'automatic',
          // The editor has waited a little before it asked; the setting counts from the last key.
          delayMs: explicit ? 0 : Math.max(0, values['switchyard.completion.delay'] - sinceKey),
          maxTokens: values['switchyard.completion.maxTokens'],
          contextTokens: values['switchyard.completion.contextTokens'],
          // With the suggest widget open, the range is the widget's.
          canReplace: selected === undefined,
        },
        stop.signal,
      );
      if (!suggestion || token.isCancellationRequested) return undefined;
      log.debug(
        `Completion from ${suggestion.from} in ${clock.now() - started} ms, ${suggestion.text.length} characters`,
      );
      const text = (selected?.text ?? '') + suggestion.text;
      const range = selected?.range ?? new vscode.Range(position, position.translate(0, suggestion.replaces));
      return [new vscode.InlineCompletionItem(text, range)];
    } finally {
      stop.dispose();
    }
  }

  /** A request is of no use any more once the cursor has gone where its text does not lead. */
  function follow({ textEditor, selections }: vscode.TextEditorSelectionChangeEvent): void {
    if (!engine.busy || overlaid || textEditor !== vscode.window.activeTextEditor) return;
    const model = switcher.current('completion');
    const [selection] = selections;
    if (!model || !selection?.isEmpty || selections.length > 1) {
      engine.cancel();
      return;
    }
    const { document } = textEditor;
    const around = surroundingsOf(document, selection.active, notebookOf(document));
    engine.follow({ ...around, uri: document.uri.toString() }, model);
  }

  function onModelChange(): void {
    engine.forgive();
    const now = switcher.current('completion')?.id;
    if (now !== modelId) engine.cancel();
    modelId = now;
    tellWhetherOn();
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
  tellWhetherOn();
  const subscriptions = vscode.Disposable.from(
    { dispose: () => void registration.dispose() },
    vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (contentChanges.length > 0) changedAt.set(document, clock.now());
    }),
    vscode.window.onDidChangeTextEditorSelection(follow),
    vscode.window.onDidChangeActiveTextEditor(() => {
      engine.cancel();
      tellWhetherOn();
    }),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (!change.affectsConfiguration('switchyard')) return;
      settings.clear();
      engine.cancel();
      tellWhetherOn();
    }),
    vscode.workspace.onDidChangeWorkspaceFolders(() => settings.clear()),
    switcher.onDidChange(onModelChange),
    ignoring.onDidChange(tellWhetherOn),
    snooze.onDidChange(() => {
      engine.cancel();
      tellWhetherOn();
    }),
    engine,
    watched,
  );
  const { toggle, toggleForLanguage } = settings;
  return { toggle, toggleForLanguage, completeHere, dispose: () => void subscriptions.dispose() };
}

function selectionsInFront(): readonly vscode.Selection[] {
  return vscode.window.activeTextEditor?.selections ?? [];
}

function signalOf(token: vscode.CancellationToken): { signal: AbortSignal } & vscode.Disposable {
  const controller = new AbortController();
  const listener = token.onCancellationRequested(() => controller.abort());
  return { signal: controller.signal, dispose: () => void listener.dispose() };
}
