import * as vscode from 'vscode';
import type { Disposable } from '../core/event.ts';
import { fileProblem } from '../core/fileProblem.ts';
import {
  type AttemptResult,
  type PageTry,
  type VerificationReport,
  arrivedWords,
  chainWords,
  isHeld,
  markdownOf,
  verdictOf,
  verdictText,
} from '../core/privacy/verification.ts';
import { FromVerifyPage, type ToVerifyPage, type VerifyResult, type VerifyState } from '../webview/verifyProtocol.ts';
import { saveWithDialog, writePieces } from './saveDialog.ts';
import type { VerifyParts } from './verifyPrivacy.ts';
import { prepareWebview } from './webviewPage.ts';

/** The report of Verify Privacy in an editor tab. Its page takes part: it tries to reach out past its own policy. */
export interface VerifyPanel extends Disposable {
  /** Shows the panel and makes the attempts; a run that is under way is joined. Rejects when it could not be done. */
  run(): Promise<VerificationReport>;
}

const RUNNING: Omit<VerifyState, 'attempts' | 'results'> = {
  type: 'state',
  verdict: 'running',
  title: 'Trying what must be impossible…',
  advice: 'Every attempt is made for real, with harmless text, as if it came from a private folder.',
  facts: [],
};
/** Milliseconds that the page has to open and to make its attempts. */
const PATIENCE_MS = 20_000;

export function openVerifyPanel({ verify, extension }: VerifyParts, closed: () => void): VerifyPanel {
  const panel = vscode.window.createWebviewPanel('switchyard.verify', 'Verify Privacy', vscode.ViewColumn.Active, {
    // A page that is thrown away in the midst could not tell what came of its attempts.
    retainContextWhenHidden: true,
  });
  const version = versionOf(extension.packageJSON);
  let state: VerifyState = { ...RUNNING, attempts: 0, results: [] };
  let report: VerificationReport | undefined;
  let running: Promise<VerificationReport> | undefined;
  let stop = new AbortController();
  let opened: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => (opened = resolve));
  let reached: ((tries: readonly PageTry[]) => void) | undefined;

  let isClosed = false;
  const post = (message: ToVerifyPage) => {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- this goes to the editor's webview, not to a window
    if (!isClosed) void panel.webview.postMessage(message);
  };
  const show = (part: Partial<VerifyState>) => {
    state = { ...state, ...part };
    post(state);
  };
  const fromPage = async (url: string, signal: AbortSignal) => {
    const answer = new Promise<readonly PageTry[]>((resolve) => {
      reached = resolve;
      const giveUp = () => resolve([]);
      if (signal.aborted) giveUp();
      signal.addEventListener('abort', giveUp, { once: true });
      setTimeout(giveUp, PATIENCE_MS);
    });
    void ready.then(() => post({ type: 'reach', url }));
    return answer;
  };
  const run = async (): Promise<VerificationReport> => {
    stop = new AbortController();
    const { signal } = stop;
    report = undefined;
    show({ ...RUNNING, attempts: 0, results: [] });
    try {
      const made = await vscode.window.withProgress(
        { location: vscode.ProgressLocation.Notification, title: 'Verifying privacy', cancellable: true },
        (progress, token) => {
          token.onCancellationRequested(() => stop.abort());
          const onResult = (result: AttemptResult, done: number, of: number) => {
            progress.report({ message: `${done} of ${of}`, increment: 100 / of });
            show({ attempts: of, results: [...state.results, pageResult(result)] });
          };
          return verify({ fromPage, onResult, signal });
        },
      );
      report = made;
      show({
        verdict: verdictOf(made),
        ...verdictText(made),
        facts: factsOf(made, version),
        attempts: made.attempts,
        results: made.results.map(pageResult),
      });
      return made;
    } catch (error) {
      show({ verdict: 'failed', title: 'The attempts could not be made.', advice: String(error) });
      throw error;
    }
  };
  const runOnce = async () => {
    running ??= run().finally(() => (running = undefined));
    return running;
  };

  const messages = panel.webview.onDidReceiveMessage((data: unknown) => {
    const parsed = FromVerifyPage.safeParse(data);
    if (!parsed.success) return;
    switch (parsed.data.type) {
      case 'ready':
        opened();
        post(state);
        break;
      case 'reached':
        reached?.(parsed.data.tries);
        break;
      case 'cancel':
        stop.abort();
        break;
      case 'again':
        void runOnce().catch(() => undefined);
        break;
      case 'save':
        if (report) void save(markdownOf(report, version), report.time).catch(tellUnsaved);
        break;
    }
  });
  panel.onDidDispose(() => {
    isClosed = true;
    stop.abort();
    messages.dispose();
    closed();
  });
  prepareWebview(panel.webview, extension.extensionUri, 'verify', 'Verify Privacy');
  return {
    async run() {
      panel.reveal();
      return runOnce();
    },
    dispose() {
      panel.dispose();
    },
  };
}

function versionOf(manifest: unknown): string {
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : '';
}

function pageResult(result: AttemptResult): VerifyResult {
  const { id, tried, stoppedBy, instead, meant, arrived } = result;
  const other = meant === undefined ? '' : ` (The rule ${meant} was meant to stop it.)`;
  return {
    id,
    tried,
    held: isHeld(result),
    rule: stoppedBy?.rule ?? '',
    words: `${stoppedBy?.reason ?? instead ?? ''}${other}`,
    arrived: arrivedWords(arrived),
  };
}

function factsOf(report: VerificationReport, version: string): string[] {
  const { time, durationMs, chain, lines } = report;
  return [
    `Switchyard ${version}, ${new Date(time).toLocaleString()}, ${(durationMs / 1000).toFixed(1)} s.`,
    chainWords(chain),
    `The attempts left ${lines} lines in it.`,
  ];
}

async function save(text: string, time: string): Promise<void> {
  const { signal } = new AbortController();
  async function* pieces() {
    yield await Promise.resolve(text);
  }
  const target = await saveWithDialog({
    title: 'Save Report',
    name: `switchyard-privacy-${time.slice(0, 10)}.md`,
    filters: { Markdown: ['md'] },
    write: async (place) => writePieces(place, pieces(), signal),
  });
  const open = 'Open';
  if (target && (await vscode.window.showInformationMessage('The report was saved.', open)) === open) {
    await vscode.commands.executeCommand('vscode.open', target);
  }
}

function tellUnsaved(error: unknown): void {
  void vscode.window.showErrorMessage(`The report could not be saved: ${fileProblem(error)}.`);
}
