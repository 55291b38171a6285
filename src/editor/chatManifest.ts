import * as vscode from 'vscode';
import type { Entry, Manifest } from '../core/chat/manifest.ts';
import type { Passage } from '../core/chat/thread.ts';
import { costText } from '../core/guide/cost.ts';
import type { Model } from '../core/model.ts';
import { plain, shortName, placeOf } from '../core/routing/describe.ts';
import { ZONE_ICONS } from './zoneIcon.ts';

/** What the user wants after a look at what would be sent. */
export type AfterManifest = 'sendLocally' | { readonly show: Passage };

interface Row extends vscode.QuickPickItem {
  readonly next?: AfterManifest;
}

/**
 * Shows what the next question would send: every text with its size, and where to. `local`: the model of this machine
 * that could answer instead; absent where there is none, or nothing to ask.
 */
export async function showManifest(manifest: Manifest, local: Model | undefined): Promise<AfterManifest | undefined> {
  const { model, host, entries, characters, tokens, cost, omitted } = manifest;
  const stays = model.zone === 'device';
  const rows: Row[] = [
    ...entries.map(rowOf),
    ...(omitted === undefined ? [] : [{ label: `$(info) ${omitted}` }]),
    { label: 'Where to', kind: vscode.QuickPickItemKind.Separator },
    {
      label: `${ZONE_ICONS[model.zone]} ${plain(shortName(model.name))}`,
      description: `${placeOf(model)} · ${host}`,
      detail: `${size(characters, tokens)}, with the instructions for the model`,
    },
    ...(cost ? [{ label: `$(credit-card) ${costText(cost)}` }] : []),
  ];
  if (local && !stays) {
    rows.push({
      label: '$(device-desktop) Send Locally Instead',
      description: plain(shortName(local.name)),
      detail: 'Asks this question of a model on this machine. Nothing leaves it.',
      next: 'sendLocally',
    });
  }
  const chosen = await vscode.window.showQuickPick(rows, {
    title: stays
      ? 'What the next question gives to the model; nothing leaves this machine'
      : 'What the next question sends',
    placeHolder: 'Choose a file to see it',
    matchOnDescription: true,
  });
  return chosen?.next;
}

function rowOf({ label, passage, characters, tokens }: Entry): Row {
  if (!passage) return { label: `$(comment) ${plain(label)}`, description: size(characters, tokens) };
  const [first, last] = passage.lines;
  const lines = first === last ? `line ${first + 1}` : `lines ${first + 1}–${last + 1}`;
  return {
    label: `$(file) ${plain(label)}`,
    description: `${lines} · ${size(characters, tokens)}`,
    next: { show: passage },
  };
}

function size(characters: number, tokens: number): string {
  return `${characters.toLocaleString('en-US')} characters, about ${tokens.toLocaleString('en-US')} tokens`;
}
