import * as vscode from 'vscode';
import type { Disposable } from '../core/event.ts';
import { type Bar, describeBar } from '../core/routing/bar.ts';
import { barTooltip } from './barTooltip.ts';
import type { ModelDeps } from './modelDeps.ts';
import { ZONE_ICONS } from './zoneIcon.ts';

/** Just left of the language mode, among what is true of the document at hand. */
const PRIORITY = 101;
/** Milliseconds for which a completion has to last before the bar turns its wheel: shorter ones would flicker. */
const BUSY_MS = 400;

/** The status bar item: which model, where it runs, how private the workspace is, and what is wrong. */
export function registerStatusBar(deps: ModelDeps): Disposable {
  const { catalog, switcher, levels, completionState, clock } = deps;
  const item = vscode.window.createStatusBarItem('switchyard.model', vscode.StatusBarAlignment.Right, PRIORITY);
  item.name = 'Switchyard';
  item.command = 'switchyard.pickModel';
  let pending: Disposable | undefined;
  let shown = '';
  let stale = true;
  let busySince: number | undefined;
  let busyTimer: Disposable | undefined;

  const render = () => {
    pending?.dispose();
    pending = undefined;
    const bar = describeBar({
      level: levels.window().level,
      current: (role) => switcher.current(role),
      why: (role) => switcher.why(role),
      chosen: (role) => switcher.chosen(role),
      switching: switcher.switching,
      endpoints: catalog.endpoints,
      activity: completionState.current,
    });
    const busy = wheel(bar);
    const print = JSON.stringify([bar, busy]);
    // While somebody types, most events change nothing that can be seen.
    if (print === shown && !stale) return;
    shown = print;
    stale = false;
    show(item, bar, busy, deps);
  };
  /** Whether the wheel turns; comes back to it when it is too early to tell. */
  const wheel = (bar: Bar): boolean => {
    busyTimer?.dispose();
    busySince = bar.busy ? (busySince ?? clock.now()) : undefined;
    if (busySince === undefined) return false;
    const left = busySince + BUSY_MS - clock.now();
    if (left > 0) busyTimer = clock.after(left, render);
    return left <= 0;
  };
  // Several events of one moment are one picture.
  const soon = () => {
    pending ??= clock.after(0, render);
  };
  const changed = () => {
    stale = true;
    soon();
  };
  item.show();
  // Not while the editor waits for the activation to end.
  soon();
  return vscode.Disposable.from(
    item,
    catalog.onDidChange(changed),
    switcher.onDidChange(changed),
    levels.onDidChange(changed),
    completionState.onDidChange(soon),
    vscode.window.onDidChangeActiveTextEditor(soon),
    { dispose: () => [pending, busyTimer].forEach((timer) => timer?.dispose()) },
  );
}

function show(item: vscode.StatusBarItem, bar: Bar, busy: boolean, deps: ModelDeps): void {
  const text = barText(bar, busy);
  if (item.text !== text) item.text = text;
  if (item.accessibilityInformation?.label !== bar.label) item.accessibilityInformation = { label: bar.label };
  const background = bar.state === 'problem' ? 'statusBarItem.warningBackground' : undefined;
  if (item.backgroundColor?.id !== background) {
    item.backgroundColor = background ? new vscode.ThemeColor(background) : undefined;
  }
  const tooltip = barTooltip(deps, bar);
  const shown = item.tooltip instanceof vscode.MarkdownString ? item.tooltip.value : item.tooltip;
  if (shown !== tooltip.value) item.tooltip = tooltip;
}

function barText(bar: Bar, busy: boolean): string {
  const icon = {
    ready: busy ? '$(loading~spin)' : bar.zone && ZONE_ICONS[bar.zone],
    switching: '$(loading~spin)',
    asking: '$(loading~spin)',
    problem: bar.zone && ZONE_ICONS[bar.zone],
    none: '$(arrow-swap)',
  }[bar.state];
  // What is wrong stands where the zone does otherwise; without a model it is all that stands there.
  const trouble =
    bar.zone && bar.problem ? `$(warning) ${bar.problem.short}` : bar.state === 'problem' ? '$(warning)' : '';
  return (
    [
      bar.locked ? '$(lock)' : undefined,
      bar.off ? '$(circle-slash)' : undefined,
      icon ?? trouble,
      bar.words,
      bar.where && (trouble || `· ${bar.where}`),
      bar.chat && `$(comment-discussion) ${bar.chat.name}${bar.chat.where ? ` · ${bar.chat.where}` : ''}`,
    ]
      .filter(Boolean)
      .join(' ')
      // The editor drops a plain space between two icons.
      .replaceAll(') $(', ')\u00A0$(')
  );
}
