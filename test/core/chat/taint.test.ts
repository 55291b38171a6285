import { describe, expect, it } from 'vitest';
import { sourcesOfTaint } from '../../../src/core/chat/taint.ts';

describe('what a request of a chat answers to', () => {
  it('is its window as it is now, whatever is in the chat', () => {
    expect(sourcesOfTaint([])).toEqual([{ kind: 'window' }]);
    // What the user typed is of this level so far; the window may be stricter before the answer has ended.
    expect(sourcesOfTaint([{ level: 'open' }])).toEqual([
      { kind: 'window' },
      { kind: 'taint', level: 'open', of: 'this window' },
    ]);
  });

  it('is each folder as it is now, and as strict as it ever was', () => {
    expect(sourcesOfTaint([{ folder: 'file:///shop', level: 'internal' }])).toEqual([
      { kind: 'window' },
      { kind: 'folder', uri: 'file:///shop' },
      { kind: 'taint', level: 'internal', of: 'file:///shop' },
    ]);
  });
});
