import * as vscode from 'vscode';
import type { Check, Remedy } from '../core/completion/checks.ts';
import { type Diagnosis, examine } from '../core/completion/doctor.ts';
import { type Exchange, judge } from '../core/completion/probe.ts';
import { ownProfile } from '../core/completion/proofs.ts';
import { userProfile } from '../core/completion/userProfiles.ts';
import type { Model } from '../core/model.ts';
import { isRefusal } from '../core/outcome.ts';
import { plain, shortName } from '../core/routing/describe.ts';
import type { Road } from '../core/routing/road.ts';
import { untilAborted } from '../core/routing/untilAborted.ts';
import type { CommandId, SettingId } from '../manifest.ts';
import { chooseModel } from './chooseModel.ts';
import type { FillProfiles } from './fillProfiles.ts';
import type { ModelDeps } from './modelDeps.ts';
import type { ReadSettings } from './settings.ts';
import { showFailure, showRefusal } from './showFailure.ts';
import { userValue } from './userValue.ts';

export interface FimDoctorDeps extends Omit<ModelDeps, 'road'> {
  readonly road: Pick<Road, 'complete' | 'chat'>;
  readonly settings: ReadSettings;
  readonly profiles: Pick<FillProfiles, 'proofs'>;
}

const PROFILES = 'switchyard.completion.profiles' satisfies SettingId;
const CONTEXT = 'switchyard.completion.contextTokens' satisfies SettingId;
const ENDPOINTS = 'switchyard.endpoints' satisfies SettingId;

/** Sends known holes to the model of completions, or to the one named, and shows what is wrong and what helps. */
export async function checkFim(deps: FimDoctorDeps, wanted: unknown): Promise<void> {
  const current = wanted === undefined ? deps.switcher.current('completion') : undefined;
  const none = 'No model is known yet that could complete.';
  const model = current ?? (await chooseModel(deps, wanted, { title: 'Check Which Model?', none }));
  if (!model) return;
  const diagnosis = await withProgress(model, deps).catch((error: unknown) => showFailure(error, deps.log));
  if (!diagnosis) return;
  if (isRefusal(diagnosis)) return showRefusal(diagnosis);
  remember(model, diagnosis, deps);
  await report(model, diagnosis);
}

async function withProgress(model: Model, { road, settings, log }: FimDoctorDeps) {
  const values = settings(vscode.window.activeTextEditor?.document.uri);
  // What a probe said is to be said again, or not.
  const profile = userProfile(settings()[PROFILES], model) ?? ownProfile(model);
  const patient = { model, profile, contextTokens: values[CONTEXT] };
  const options = {
    location: vscode.ProgressLocation.Notification,
    cancellable: true,
    title: `Checking ${shortName(model.name)}`,
  };
  return vscode.window.withProgress(options, async (progress, token) => {
    const abort = new AbortController();
    const subscription = token.onCancellationRequested(() => abort.abort());
    const onStep = (step: string) => {
      log.debug(`FIM doctor: ${step}`);
      progress.report({ message: `${step}…` });
    };
    try {
      return await untilAborted(examine(patient, { send: road, onStep }, abort.signal), abort.signal);
    } catch (error) {
      if (abort.signal.aborted) return undefined;
      throw error;
    } finally {
      subscription.dispose();
    }
  });
}

/** What the model said to a hole in its own form counts until its weights change. */
function remember(model: Model, { exchanges }: Diagnosis, { profiles, settings }: FimDoctorDeps): void {
  const own = ownProfile(model);
  if (own === 'holeFilling' || userProfile(settings()[PROFILES], model) !== undefined) return;
  const [first] = exchanges;
  if (first?.by === own && !first.error) profiles.proofs.add(model, own, judge(first));
}

type Row = vscode.QuickPickItem & { readonly remedy?: Remedy; readonly details?: true };

const ICONS: Readonly<Record<Check['outcome'], string>> = { good: '$(pass)', bad: '$(error)', note: '$(info)' };

/** A list to read, whose last rows do something about it. */
async function report(model: Model, diagnosis: Diagnosis): Promise<void> {
  const { checks, remedies, healthy, headline } = diagnosis;
  const separator = (label: string) => ({ label, kind: vscode.QuickPickItemKind.Separator });
  const rows: Row[] = [
    separator('What was found'),
    ...checks.map(({ outcome, title, text }) => ({ label: `${ICONS[outcome]} ${title}`, detail: plain(text) })),
    ...(remedies.length > 0 ? [separator(healthy ? 'What you can do' : 'What helps')] : []),
    ...remedies.map((remedy) => ({ ...wordsOf(remedy), remedy })),
    separator('More'),
    { label: '$(output) Show What Was Sent and Answered', details: true },
  ];
  const picked = await vscode.window.showQuickPick(rows, {
    title: plain(headline),
    placeHolder: remedies.length > 0 ? 'Choose what to do about it, or Escape' : 'Escape to close',
    ignoreFocusOut: true,
    matchOnDetail: true,
  });
  if (picked?.remedy) await apply(picked.remedy);
  else if (picked?.details) await showExchanges(model, diagnosis);
}

function wordsOf(remedy: Remedy): { readonly label: string; readonly detail?: string } {
  switch (remedy.kind) {
    case 'switchModel':
      return { label: '$(arrow-swap) Switch Model' };
    case 'useProfile': {
      const label = remedy.use === 'holeFilling' ? 'Ask It as a Chat' : `Use the Form of ${remedy.use}`;
      return { label: `$(check) ${label}`, detail: `Adds ${plain(remedy.match)} to “${PROFILES}” in your settings.` };
    }
    case 'smallerPrompts':
      return { label: `$(fold) Send at Most ${remedy.tokens} Tokens`, detail: `Sets “${CONTEXT}” in your settings.` };
    case 'ownProfile':
      return { label: '$(settings-gear) Describe Its Prompts Yourself', detail: `Opens “${PROFILES}”.` };
    case 'otherProtocol':
      return { label: '$(settings-gear) Change the Protocol of the Server', detail: `Opens “${ENDPOINTS}”.` };
    case 'mend':
      return { label: `$(wrench) ${remedy.mend.title}` };
  }
}

async function apply(remedy: Remedy): Promise<void> {
  switch (remedy.kind) {
    case 'switchModel':
      await vscode.commands.executeCommand('switchyard.pickModel' satisfies CommandId);
      return;
    case 'useProfile':
      return addProfile({ match: remedy.match, use: remedy.use });
    case 'smallerPrompts':
      return update(CONTEXT, remedy.tokens);
    case 'ownProfile':
      return openSetting(PROFILES);
    case 'otherProtocol':
      return openSetting(ENDPOINTS);
    case 'mend':
      await vscode.commands.executeCommand(remedy.mend.command, ...(remedy.mend.args ?? []));
  }
}

/** In front of the others, and in the place of one about the same name; what is broken there stays as it is. */
async function addProfile(entry: { readonly match: string; readonly use: string }): Promise<void> {
  const own: unknown = userValue(vscode.workspace.getConfiguration().inspect<unknown>(PROFILES));
  const others = (Array.isArray(own) ? (own as readonly unknown[]) : []).filter(
    (other) => !(typeof other === 'object' && other !== null && 'match' in other && other.match === entry.match),
  );
  await update(PROFILES, [entry, ...others]);
}

async function update(id: SettingId, value: unknown): Promise<void> {
  await vscode.workspace.getConfiguration().update(id, value, vscode.ConfigurationTarget.Global);
}

async function openSetting(id: SettingId): Promise<void> {
  await vscode.commands.executeCommand('workbench.action.openSettings', id);
}

/** A document to read, search and copy; it is nobody's file until it is saved. */
async function showExchanges(model: Model, { headline, checks, exchanges }: Diagnosis): Promise<void> {
  const content = [
    `# ${headline}`,
    `Model ${plain(model.name)} on ${plain(model.endpoint.label)}, ${model.endpoint.url}`,
    checks.map(({ outcome, title, text }) => `- **${title}** (${outcome}): ${text}`).join('\n'),
    ...exchanges.flatMap(section),
  ].join('\n\n');
  const document = await vscode.workspace.openTextDocument({ language: 'markdown', content });
  await vscode.window.showTextDocument(document, { preview: true });
}

/** Longest prompt that is shown whole, in characters; of others, both ends. */
const LONG = 2_000;

function section({ by, prompt, text, thinking, usage, error }: Exchange): string[] {
  const short = prompt.length <= LONG ? prompt : `${prompt.slice(0, LONG / 2)}\n[…]\n${prompt.slice(-LONG / 2)}`;
  const counts = usage?.promptTokens === undefined ? '' : `, ${usage.promptTokens} tokens`;
  return [
    `## ${by === 'holeFilling' ? 'By chat' : `In the form of ${by.source === 'settings' ? 'your settings' : by.id}`}`,
    `Sent (${prompt.length} characters${counts}):`,
    fenced(short),
    ...(thinking === '' ? [] : ['Thoughts:', fenced(thinking)]),
    error ? `Failed: ${error.message}` : 'Answered:',
    ...(error ? [] : [fenced(text)]),
  ];
}

/** A fence that the text does not have. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${text}\n${fence}`;
}
