import * as vscode from 'vscode';
import { type Model, ROLES } from '../core/model.ts';
import { quoted } from '../core/plainText.ts';
import { placeOf } from '../core/routing/describe.ts';
import type { Switcher } from '../core/routing/switcher.ts';

/** Whether other extensions may send text to a model; asks the user where it has to. */
export type MayUse = (model: Model) => Promise<boolean>;

/**
 * VS Code asks before another extension uses a model only where the model's extension has its proposed interface
 * (`requiresAuthorization` of `chatProvider`; read in 1.104 and 1.139), and it tells us in no stable way who asks. So we ask
 * ourselves: once for each model beyond this machine, in each window, unless the user chose that model here.
 */
export function createModelConsent(switcher: Pick<Switcher, 'current'>): MayUse {
  const answers = new Map<Model['id'], Promise<boolean>>();
  return async (model) => {
    if (model.zone === 'device') return true;
    if (ROLES.some((role) => switcher.current(role)?.id === model.id)) return true;
    const answer = answers.get(model.id) ?? askAbout(model);
    answers.set(model.id, answer);
    return answer;
  };
}

async function askAbout(model: Model): Promise<boolean> {
  const yes = 'Allow in This Window';
  try {
    const answer = await vscode.window.showWarningMessage(
      `Let other extensions use ${quoted(model.name)} of ${quoted(model.endpoint.label)}, ${placeOf(model)}?`,
      {
        modal: true,
        detail:
          'An extension asks this model for an answer. Whatever text it chose is sent there, also text of this workspace, as far as its level and what is remembered as private allow. VS Code does not tell which extension it is. Each request is in “Switchyard: Show Requests”.',
      },
      yes,
    );
    return answer === yes;
  } catch {
    // No answer is no consent.
    return false;
  }
}
