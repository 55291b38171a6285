import * as v from 'valibot';
import type * as vscode from 'vscode';
import type { Role } from '../core/model.ts';
import { Choice, type ChoiceMemory } from '../core/routing/choice.ts';

/**
 * Choices in the workspace's storage. A workspace that has none starts with the last choice made anywhere, unless that was a
 * model in the cloud: a cloud is chosen for each workspace on its own.
 */
export function createChoiceMemory(workspace: vscode.Memento, global: vscode.Memento): ChoiceMemory {
  const keyOf = (role: Role) => `switchyard.choice.${role}`;
  const read = (memento: vscode.Memento, role: Role): Choice | undefined => {
    const parsed = v.safeParse(Choice, memento.get<unknown>(keyOf(role)));
    return parsed.success ? parsed.output : undefined;
  };
  return {
    get(role) {
      const own = read(workspace, role);
      if (own) return own;
      const last = read(global, role);
      return last && last.zone !== 'cloud' ? { id: last.id, zone: last.zone, at: 0 } : undefined;
    },
    set(role, choice) {
      void workspace.update(keyOf(role), choice);
      if (choice.zone !== 'cloud') void global.update(keyOf(role), choice);
    },
  };
}
