import * as vscode from 'vscode';
import type { Context, ContextFile } from '../core/completion/contextStore.ts';
import type { Clock, Disposable } from '../core/event.ts';
import type { Model } from '../core/model.ts';
import type { Levels } from '../core/privacy/levels.ts';
import type { Screen } from '../core/privacy/screen.ts';
import { DOCUMENT_SCHEMES } from './documents.ts';
import type { IgnoreRules } from './ignoreRules.ts';
import { type Excerpt, importedDefinitions } from './importedDefinitions.ts';

export interface ContextSourcesParts {
  readonly levels: Pick<Levels, 'of' | 'sourcesOf'>;
  readonly ignoring: Pick<IgnoreRules, 'of'>;
  readonly screen: Pick<Screen, 'inspect'>;
  readonly model: () => Model | undefined;
  /** Whether a document's prompts may have text of other files. */
  readonly isOn: (uri: vscode.Uri) => boolean;
  readonly clock: Clock;
  readonly log: vscode.LogOutputChannel;
  /** Other text is known now. */
  readonly onRefresh: () => void;
}

/** Text that may help a model, kept up to date while nobody types: nothing here is ever waited for. */
export interface ContextSources extends Context, Disposable {}

/** Milliseconds without a change after which it is looked at anew. */
const PAUSE_MS = 1_500;
/** Documents that were in front, and places that were edited: the last ones. */
const DOCUMENTS = 6;
const EDITS = 4;
/** Documents of which the imported definitions are kept. */
const KNOWN = 8;
/** Lines around a cursor and around an edit, and how near edits are one. */
const AROUND = { above: 10, below: 40 } as const;
const NEAR = 6;
const SAME = 20;
const SCHEMES: ReadonlySet<string> = new Set(DOCUMENT_SCHEMES);

interface Piece extends ContextFile {
  /** Ignore rules or a secret in it keep it on this machine; also while nobody has looked. */
  readonly stays: boolean;
}

interface Spot {
  readonly document: vscode.TextDocument;
  readonly line: number;
}

export function createContextSources(parts: ContextSourcesParts): ContextSources {
  const { levels, ignoring, screen, model, isOn, clock, log, onRefresh } = parts;
  const definitions = new Map<string, readonly Piece[]>();
  let tabs: readonly Piece[] = [];
  let edited: readonly Piece[] = [];
  /** Newest first. */
  let visited: readonly Spot[] = [];
  let edits: readonly Spot[] = [];
  let front = spotOf(vscode.window.activeTextEditor);
  let pause: Disposable | undefined;
  let round = 0;

  async function pieceOf({ uri, text }: Excerpt): Promise<Piece> {
    const path = vscode.workspace.asRelativePath(uri, false);
    const key = uri.toString();
    return { path, uri: key, text, sources: levels.sourcesOf(key), stays: await staysHere(path, key, text) };
  }

  async function staysHere(label: string, uri: string, text: string): Promise<boolean> {
    const zone = model()?.zone;
    if (zone === undefined || zone === 'device') return true;
    if ((await ignoring.of(uri)) !== undefined) return true;
    return (await screen.inspect({ texts: [], material: [{ label, uri, text }] }, zone)) !== undefined;
  }

  const around = ({ document, line }: Spot, above: number, below: number): Excerpt => {
    const end = new vscode.Position(Math.min(document.lineCount, line + below), 0);
    const start = new vscode.Position(Math.max(0, line - above), 0);
    return { uri: document.uri, text: document.getText(document.validateRange(new vscode.Range(start, end))) };
  };
  const piecesOf = async (spots: readonly Spot[], above: number, below: number): Promise<Piece[]> =>
    Promise.all(
      spots.filter(({ document }) => !document.isClosed).map(async (spot) => pieceOf(around(spot, above, below))),
    );

  async function refresh(): Promise<void> {
    pause?.dispose();
    const document = vscode.window.activeTextEditor?.document;
    if (!document || !SCHEMES.has(document.uri.scheme) || !isOn(document.uri)) return;
    const own = ++round;
    const goesOn = () => own === round;
    tabs = await piecesOf(visited, AROUND.above, AROUND.below);
    edited = await piecesOf(edits, NEAR, NEAR);
    const found = await importedDefinitions(document, goesOn);
    const pieces = await Promise.all(found.map(pieceOf));
    if (!goesOn()) return;
    const key = document.uri.toString();
    definitions.delete(key);
    definitions.set(key, pieces);
    const [oldest] = definitions.keys();
    if (definitions.size > KNOWN && oldest !== undefined) definitions.delete(oldest);
    onRefresh();
  }

  function soon(): void {
    pause?.dispose();
    pause = clock.after(PAUSE_MS, () => void now());
  }

  async function now(): Promise<void> {
    await refresh().catch((error: unknown) => log.debug(`Context of completions: ${String(error)}`));
  }

  function changed({ document, contentChanges: [change] }: vscode.TextDocumentChangeEvent): void {
    if (!change || !SCHEMES.has(document.uri.scheme)) return;
    const { line } = change.range.start;
    const others = edits.filter((edit) => edit.document !== document || Math.abs(edit.line - line) > SAME);
    edits = [{ document, line }, ...others].slice(0, EDITS);
    soon();
  }

  function moved(editor: vscode.TextEditor | undefined): void {
    const left = front;
    front = spotOf(editor);
    if (left) {
      visited = [left, ...visited.filter(({ document }) => document !== left.document)].slice(0, DOCUMENTS);
    }
    visited = visited.filter(({ document }) => document !== front?.document);
    soon();
  }

  const subscriptions = vscode.Disposable.from(
    vscode.workspace.onDidChangeTextDocument(changed),
    vscode.workspace.onDidSaveTextDocument(() => void now()),
    vscode.window.onDidChangeActiveTextEditor(moved),
    vscode.window.onDidChangeTextEditorSelection(({ textEditor }) => {
      if (textEditor === vscode.window.activeTextEditor) front = spotOf(textEditor);
    }),
  );
  soon();
  return {
    of({ uri, sources }, { zone }) {
      const level = levels.of(sources).level;
      // Of the same level: stricter text must not go along, and looser text must not be taken for stricter.
      const goes = (piece: Piece) =>
        piece.uri !== uri && (zone === 'device' || !piece.stays) && levels.of(piece.sources).level === level;
      if (!isOn(vscode.Uri.parse(uri))) return { stable: [], volatile: [] };
      const stable = [...(definitions.get(uri) ?? []), ...tabs];
      return { stable: stable.filter(goes), volatile: edited.filter(goes) };
    },
    dispose() {
      round++;
      pause?.dispose();
      subscriptions.dispose();
    },
  };
}

function spotOf(editor: vscode.TextEditor | undefined): Spot | undefined {
  if (!editor || !SCHEMES.has(editor.document.uri.scheme)) return undefined;
  return { document: editor.document, line: editor.selection.active.line };
}
