import * as v from 'valibot';
import type { Disposable } from '../core/event.ts';
import { ROLES } from '../core/model.ts';
import { ModelIdText, rolesFor } from '../core/routing/choice.ts';
import { registerCommand } from './command.ts';
import type { ModelDeps } from './modelDeps.ts';

/** Arguments of `switchyard.pickModel`, for keybindings: with a model it is chosen at once, if the level allows it. */
const PickArguments = v.object({ role: v.optional(v.picklist(ROLES)), model: v.optional(ModelIdText) });

/** `switchyard.pickModel`: the picker, or a switch at once when the arguments name a model. */
export function registerPicker(deps: ModelDeps): Disposable {
  return registerCommand('switchyard.pickModel', async (argument) => {
    const parsed = v.safeParse(PickArguments, argument ?? {});
    if (!parsed.success) deps.log.warn('The arguments of “Switch Model” were not understood and are ignored.');
    const { role, model: id } = parsed.success ? parsed.output : {};
    if (id === undefined) {
      const { openPicker } = await import('./pickerView.ts');
      return openPicker(deps, role);
    }
    const model = deps.catalog.find(id);
    const roles = role ? [role] : model ? rolesFor(model, deps.switcher.current('completion'), deps.fills) : ROLES;
    const { switchModels } = await import('./switchModel.ts');
    return switchModels(
      roles.map((each) => ({ role: each, id })),
      deps,
    );
  });
}
