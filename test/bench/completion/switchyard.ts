import { createEngine } from '../../../src/core/completion/engine.ts';
import { isMidWord } from '../../../src/core/completion/gate.ts';
import type { Snapshot, SuggestOptions, Suggestion } from '../../../src/core/completion/snapshot.ts';
import type { EditorState, Item, SubjectKind } from './subject.ts';

/** This project's engine, with the settings as they come (`manifest.ts`). */
const OPTIONS: SuggestOptions = {
  trigger: 'automatic',
  delayMs: 'automatic',
  maxTokens: 128,
  contextTokens: 4_096,
  canReplace: true,
};

export const switchyard: SubjectKind = {
  name: 'switchyard',
  create({ send, clock, model, askAgain }) {
    const engine = createEngine({ send, clock, onMore: askAgain });
    const shown = new WeakMap<Item, Suggestion>();
    return {
      changed(state) {
        if (isInWord(state)) engine.follow(state, model);
        else engine.prepare(snapshotOf(state), model, OPTIONS);
      },
      moved(state) {
        engine.visit(snapshotOf(state), model, OPTIONS);
      },
      async provide(state, signal) {
        if (isInWord(state)) return undefined;
        const suggestion = await engine.suggest(snapshotOf(state), model, OPTIONS, signal);
        if (!suggestion) return undefined;
        const item: Item = { text: suggestion.text, replaces: suggestion.replaces };
        shown.set(item, suggestion);
        return item;
      },
      shown(item) {
        const suggestion = shown.get(item);
        if (suggestion) engine.shown(suggestion);
      },
      accepted(item, how) {
        const suggestion = shown.get(item);
        if (suggestion) engine.accepted(suggestion, how);
      },
      dispose: () => engine.dispose(),
    };
  },
};

function isInWord({ text, cursor }: EditorState): boolean {
  return isMidWord(text.line(cursor.line).slice(cursor.character));
}

export function snapshotOf(state: EditorState): Snapshot {
  return { ...state, eol: '\n', sources: [{ kind: 'window' }] };
}
