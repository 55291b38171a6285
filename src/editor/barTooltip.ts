import * as vscode from 'vscode';
import { type Role, ROLES } from '../core/model.ts';
import type { Bar } from '../core/routing/bar.ts';
import type { EndpointState } from '../core/routing/catalog.ts';
import { modelLine, plain, shortName } from '../core/routing/describe.ts';
import { type Mend, endpointProblem } from '../core/routing/problem.ts';
import { placeInWindow } from '../core/routing/thisMachine.ts';
import { LEVEL_WORDS, sentence } from '../core/privacy/words.ts';
import type { CommandId } from '../manifest.ts';
import type { ModelDeps } from './modelDeps.ts';
import { ZONE_ICONS } from './zoneIcon.ts';

/** The only commands that a link of the tooltip may run. */
const LINKED: readonly CommandId[] = [
  'switchyard.pickModel',
  'switchyard.previousModel',
  'switchyard.toggleCompletion',
  'switchyard.snoozeCompletion',
  'switchyard.setLevel',
  'switchyard.whyLevel',
  'switchyard.startOllama',
  'switchyard.installEngine',
  'switchyard.showModelsFolder',
  'switchyard.pullModel',
  'switchyard.setKey',
  'switchyard.refreshModels',
  'switchyard.openSettings',
  'switchyard.showLog',
];

const ROLE_TITLES: Readonly<Record<Role, string>> = {
  completion: '$(code) Completion',
  chat: '$(comment-discussion) Chat',
};

/** Models by role, the level and its reason, the servers with what mends them, and the actions. Everything that a server
 * can name goes in as plain text. */
export function barTooltip(deps: ModelDeps, bar: Bar): vscode.MarkdownString {
  const tip = new vscode.MarkdownString('', true);
  tip.isTrusted = { enabledCommands: LINKED };
  const { catalog, switcher, levels, fills } = deps;
  const problems = new Set(catalog.endpoints.map((state) => endpointProblem(state)?.text));

  for (const role of ROLES) {
    const model = switcher.current(role);
    tip.appendMarkdown(`${ROLE_TITLES[role]}: `);
    if (model) {
      tip.appendMarkdown('**').appendText(plain(model.name)).appendMarkdown(`** ${ZONE_ICONS[model.zone]} `);
      tip.appendText(
        `${placeInWindow(model, vscode.env.remoteName)}${model.zoneReason ? ` (${plain(model.zoneReason)})` : ''}`,
      );
      const line = modelLine(model, fills);
      if (line) tip.appendMarkdown('  \n').appendText(line);
    } else tip.appendText('no model');
    const why = switcher.why(role);
    // What is wrong with a server is said once, in its own row.
    if (why && !problems.has(why)) tip.appendMarkdown('  \n$(info) ').appendText(why);
    if (role === 'completion' && bar.off) tip.appendMarkdown('  \n$(circle-slash) ').appendText(bar.off);
    tip.appendMarkdown('\n\n');
  }
  if (bar.problem && !problems.has(bar.problem.text)) addProblem(tip, bar.problem.text, bar.problem.mend);

  const verdict = levels.window();
  const [reason] = verdict.reasons;
  const { icon, name, meaning } = LEVEL_WORDS[verdict.level];
  tip.appendMarkdown(`---\n\n$(${icon}) **${name}.** ${meaning}  \n`);
  if (reason) tip.appendText(`${sentence(reason)} `);
  tip.appendMarkdown(
    `${link('switchyard.whyLevel', 'Why?')} · ${link('switchyard.setLevel', 'Change the level…')}\n\n`,
  );

  tip.appendMarkdown('---\n\n');
  for (const state of catalog.endpoints) addServer(tip, state, countOf(deps, state));
  const back = switcher.previous.map(({ id }) => shortName(id.slice(id.indexOf('/') + 1)));
  tip.appendMarkdown('---\n\n');
  tip.appendMarkdown(link('switchyard.pickModel', 'Switch model…'));
  if (back.length > 0) {
    tip.appendMarkdown(` · ${link('switchyard.previousModel', 'Back to')} `);
    tip.appendText([...new Set(back)].join(', '));
  }
  tip.appendMarkdown(
    ` · ${link('switchyard.toggleCompletion', bar.off ? 'Turn completion on' : 'Turn completion off')}`,
  );
  if (!bar.off) tip.appendMarkdown(` · ${link('switchyard.snoozeCompletion', 'Snooze…')}`);
  return tip;
}

function countOf({ catalog }: ModelDeps, { endpoint }: EndpointState): number {
  return catalog.models.filter((model) => model.endpoint.id === endpoint.id).length;
}

function addServer(tip: vscode.MarkdownString, state: EndpointState, count: number): void {
  const problem = endpointProblem(state);
  if (problem) return addProblem(tip, problem.text, problem.mend);
  const label = plain(state.endpoint.label);
  if (state.state === 'forbidden') tip.appendMarkdown('$(lock) ').appendText(`${label}: ${state.refusal.reason}`);
  else if (state.state === 'asking')
    tip.appendMarkdown('$(loading~spin) ').appendText(`${label}: asking for its models`);
  else {
    const version = state.state === 'ready' && state.version ? ` ${plain(state.version)}` : '';
    const models = count === 1 ? '1 model' : `${count} models`;
    tip.appendMarkdown(`${ZONE_ICONS[state.endpoint.zone]} `).appendText(`${label}${version}: ${models}`);
  }
  tip.appendMarkdown('\n\n');
}

function addProblem(tip: vscode.MarkdownString, text: string, mend: Mend | undefined): void {
  tip.appendMarkdown('$(warning) ').appendText(text);
  if (mend && LINKED.some((id) => id === mend.command)) {
    tip.appendMarkdown(` ${link(mend.command, mend.title, mend.args)}`);
  }
  tip.appendMarkdown('\n\n');
}

function link(command: string, title: string, args?: readonly unknown[]): string {
  const query = args ? `?${encodeURIComponent(JSON.stringify(args))}` : '';
  return `[${title}](command:${command}${query})`;
}
