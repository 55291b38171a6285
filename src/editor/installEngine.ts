import * as vscode from 'vscode';
import type { EngineKeeper, EngineOffer, EngineOutcome, EngineProgress, KeptEngine } from '../core/engineKeeper.ts';
import { isRefusal } from '../core/outcome.ts';
import { bytesText, plain } from '../core/routing/describe.ts';
import type { CommandId } from '../manifest.ts';
import type { EngineDeps } from './engineCommands.ts';

const FROM_FILE = 'Install from a File…';
const SWITCH = 'Switch Model…';

/** Says what would be fetched, how large it is and from where; then fetches, checks and installs it. */
export async function installEngine(deps: EngineDeps): Promise<void> {
  const engine = await deps.engine();
  const offers = await engine.offers();
  const [first] = offers;
  if (!first) {
    void vscode.window.showInformationMessage(
      `There is no built-in engine for this machine (${process.platform}, ${process.arch}). Use Ollama or another server instead.`,
    );
    return;
  }
  const source = engine.source();
  if ('problem' in source) {
    void vscode.window.showErrorMessage(`The engine cannot be fetched: ${source.problem}`);
    return;
  }
  const offer = offers.length === 1 ? first : await chooseOffer(offers, engine.installed());
  if (!offer) return;
  if (isHere(offer, engine.installed())) return sayThatItIsHere(offer, engine.installed()?.inside === true);
  if (!(await confirm(engine, offer, new URL(source.url).host))) return;
  const outcome = await withProgress(`Installing the built-in engine`, (signal, tell) =>
    engine.install(offer, signal, (now) => tell(now, offer.bytes)),
  );
  await report(deps, outcome);
}

/** For machines without a network: the archive as npm has it. */
export async function installEngineFromFile(deps: EngineDeps): Promise<void> {
  const engine = await deps.engine();
  const title = 'The Archive of the Engine (npm pack)';
  const picked = await vscode.window.showOpenDialog({
    title,
    filters: { 'npm archive': ['tgz'] },
    canSelectMany: false,
  });
  const file = picked?.[0];
  if (!file) return;
  const outcome = await withProgress('Installing the built-in engine from a file', (signal, tell) =>
    engine.installFile(file.fsPath, signal, (now) => tell(now, 0)),
  );
  await report(deps, outcome);
}

export async function removeEngine(deps: EngineDeps): Promise<void> {
  const engine = await deps.engine();
  const there = engine.removable();
  if (!there) {
    const inside = engine.installed();
    void vscode.window.showInformationMessage(
      inside
        ? `Nothing is removed: the built-in engine came with this package of Switchyard (${inside.name} ${inside.version}). To be without it, install the package that carries none.`
        : 'The built-in engine is not installed.',
    );
    return;
  }
  const yes = 'Remove';
  const detail = `${there.name} ${there.version} is deleted from this disk. Your models stay in ${await engine.modelsFolder()}.`;
  const answer = await vscode.window.showWarningMessage('Remove the built-in engine?', { modal: true, detail }, yes);
  if (answer !== yes) return;
  await engine.remove();
  await deps.catalog.refresh();
  const left = engine.installed();
  void vscode.window.showInformationMessage(
    left
      ? 'The engine that came with Switchyard stays; the one that was installed is gone.'
      : 'The built-in engine is gone.',
  );
}

function isHere({ name, version }: EngineOffer, there: KeptEngine | undefined): boolean {
  return there?.name === name && there.version === version;
}

async function sayThatItIsHere({ name, version, words }: EngineOffer, inside: boolean): Promise<void> {
  const whence = inside ? 'it came with this package of Switchyard' : 'it was installed';
  const picked = await vscode.window.showInformationMessage(
    `The built-in engine is here already: ${whence} (${name} ${version}). It computes with ${words}.`,
    SWITCH,
  );
  if (picked === SWITCH) await vscode.commands.executeCommand('switchyard.pickModel' satisfies CommandId);
}

async function chooseOffer(
  offers: readonly EngineOffer[],
  there: KeptEngine | undefined,
): Promise<EngineOffer | undefined> {
  const items = offers.map((offer) => ({
    label: `Compute with ${offer.words}`,
    description: isHere(offer, there) ? 'is here already' : bytesText(offer.bytes),
    detail: `${offer.name} ${offer.version}`,
    offer,
  }));
  return (await vscode.window.showQuickPick(items, { title: 'Install the Built-in Engine' }))?.offer;
}

async function confirm(engine: EngineKeeper, offer: EngineOffer, host: string): Promise<boolean> {
  const there = engine.installed() ?? engine.removable();
  const begun = await engine.begun(offer);
  const detail = [
    `Downloads ${offer.name} ${offer.version} (llama.cpp, built for node-llama-cpp, MIT), ${bytesText(offer.bytes)}, from ${host}.`,
    begun > 0 ? `${bytesText(begun)} of it are here already.` : '',
    'It is used only if it has the hash that this version of Switchyard knows. No text of yours leaves this machine.',
    there ? `It ${there.inside ? 'is used instead' : 'takes the place'} of ${there.name} ${there.version}.` : '',
  ];
  const yes = 'Download and Install';
  const answer = await vscode.window.showInformationMessage(
    'Install the built-in engine?',
    { modal: true, detail: detail.filter((text) => text !== '').join('\n\n') },
    yes,
    FROM_FILE,
  );
  if (answer === FROM_FILE)
    await vscode.commands.executeCommand('switchyard.installEngineFromFile' satisfies CommandId);
  return answer === yes;
}

type Tell = (now: EngineProgress, totalBytes: number) => void;

const STATUS: Readonly<Record<EngineProgress['status'], string>> = {
  downloading: 'downloading',
  checking: 'checking its hash',
  unpacking: 'unpacking',
};

function withProgress(
  title: string,
  run: (signal: AbortSignal, tell: Tell) => Promise<EngineOutcome>,
): Thenable<EngineOutcome> {
  const options = { location: vscode.ProgressLocation.Notification, cancellable: true, title };
  return vscode.window.withProgress(options, async (progress, token) => {
    const abort = new AbortController();
    const subscription = token.onCancellationRequested(() => abort.abort());
    let shown = 0;
    try {
      return await run(abort.signal, ({ status, completedBytes }, total) => {
        if (completedBytes === undefined || total === 0) return progress.report({ message: STATUS[status] });
        const percent = Math.floor((completedBytes / total) * 100);
        if (percent === shown) return;
        progress.report({ message: `${bytesText(completedBytes)} of ${bytesText(total)}`, increment: percent - shown });
        shown = percent;
      });
    } finally {
      subscription.dispose();
    }
  });
}

async function report(deps: EngineDeps, outcome: EngineOutcome): Promise<void> {
  if (isRefusal(outcome)) {
    const picked = await vscode.window.showWarningMessage(
      `${outcome.reason} The engine was not fetched. A window whose level allows it can fetch it; a file needs no network.`,
      FROM_FILE,
      'Why?',
    );
    if (picked === FROM_FILE)
      await vscode.commands.executeCommand('switchyard.installEngineFromFile' satisfies CommandId);
    if (picked === 'Why?') await vscode.commands.executeCommand('switchyard.whyLevel' satisfies CommandId);
    return;
  }
  if (outcome.outcome === 'cancelled') return;
  if (outcome.outcome === 'failed') {
    deps.log.error(outcome.text);
    const picked = await vscode.window.showErrorMessage(outcome.text, FROM_FILE);
    if (picked === FROM_FILE)
      await vscode.commands.executeCommand('switchyard.installEngineFromFile' satisfies CommandId);
    return;
  }
  await deps.catalog.refresh();
  const models = deps.catalog.models.filter(({ endpoint }) => endpoint.protocol === 'builtin');
  const command: CommandId = models.length > 0 ? 'switchyard.pickModel' : 'switchyard.showModelsFolder';
  const button = models.length > 0 ? SWITCH : 'Show the Folder';
  const found =
    models.length > 0
      ? `It found ${models.length === 1 ? 'one model' : `${models.length} models`} on this disk: ${models
          .slice(0, 3)
          .map(({ name }) => plain(name))
          .join(', ')}${models.length > 3 ? '…' : ''}.`
      : 'Put a GGUF file into its folder, and it is a model.';
  const picked = await vscode.window.showInformationMessage(`The built-in engine is installed. ${found}`, button);
  if (picked === button) await vscode.commands.executeCommand(command);
}
