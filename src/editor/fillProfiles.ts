import * as vscode from 'vscode';
import { type Proofs, createProofs, withProfile } from '../core/completion/proofs.ts';
import { type Disposable, type Event, createEmitter } from '../core/event.ts';
import type { Listing } from '../core/provider.ts';
import type { SettingId } from '../manifest.ts';
import type { ReadSettings } from './settings.ts';

const PROFILES = 'switchyard.completion.profiles' satisfies SettingId;
const MEMORY = 'fillProofs';

/** What the user and the FIM doctor said of how models fill in the middle, applied to models as they are listed. */
export interface FillProfiles extends Disposable {
  apply(listing: Listing): Listing;
  readonly proofs: Proofs;
  /** Models have to be listed anew. */
  readonly onDidChange: Event<void>;
}

export function createFillProfiles(settings: ReadSettings, memory: vscode.Memento): FillProfiles {
  const changed = createEmitter<void>();
  let known: Proofs | undefined;
  // Read with the first list, and not while the editor starts.
  const kept = () =>
    (known ??= createProofs({
      read: () => memory.get<unknown>(MEMORY),
      write: (value) => void memory.update(MEMORY, value),
    }));
  const subscription = vscode.workspace.onDidChangeConfiguration((change) => {
    if (change.affectsConfiguration(PROFILES)) changed.fire();
  });
  return {
    apply(listing) {
      const entries = settings()[PROFILES];
      return { ...listing, models: listing.models.map((model) => withProfile(model, entries, kept())) };
    },
    proofs: {
      of: (model, by) => kept().of(model, by),
      add(model, by, finding) {
        kept().add(model, by, finding);
        changed.fire();
      },
    },
    onDidChange: changed.event,
    dispose() {
      subscription.dispose();
      changed.dispose();
    },
  };
}
