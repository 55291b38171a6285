import { describe, expect, test } from 'vitest';
import { cleanAnswer, holeMarker, holePrompt } from '../../../src/core/completion/holeFilling.ts';

const WINDOW = { prefix: 'import a\n\nresult = ', suffix: '\nprint(result)' };

test('the prompt marks the hole and names the file', () => {
  const [system, user] = holePrompt(WINDOW, { languageId: 'python', fileName: 'src/a.py' });
  expect(system?.role).toBe('system');
  expect(system?.text).toContain('<<<HOLE>>>');
  expect(user).toEqual({
    role: 'user',
    text: 'File src/a.py (python):\n\nimport a\n\nresult = <<<HOLE>>>\nprint(result)',
  });
});

test('the marker is one that the text does not have', () => {
  expect(holeMarker(WINDOW)).toBe('<<<HOLE>>>');
  expect(holeMarker({ prefix: '<<<HOLE>>>', suffix: '<<<HOLE-1>>>' })).toBe('<<<HOLE-2>>>');
});

describe('cleanAnswer', () => {
  test.each([
    ['as asked', 'a.run()', 'a.run()'],
    ['fenced', '```python\na.run()\n```', 'a.run()'],
    ['fenced, with sentences', 'Here is the code:\n\n```python\na.run()\n```\nIt runs a.', 'a.run()'],
    ['fence not closed', '```\na.run()', 'a.run()'],
    ['a sentence before', 'Sure! Here you go:\na.run()', 'a.run()'],
    ['thoughts before', '<think>\nhm\n</think>\n\na.run()', 'a.run()'],
    ['echo of the line', 'result = a.run()', 'a.run()'],
    ['echo of everything', 'import a\n\nresult = a.run()\nprint(result)', 'a.run()'],
    ['echo in a fence', '```python\nresult = a.run()\nprint(result)\n```', 'a.run()'],
    ['the marker itself', '<<<HOLE>>>a.run()', 'a.run()'],
    ['line ends', 'a.run(\r\n)', 'a.run(\n)'],
    ['nothing', '', ''],
  ])('%s', (_, answer, text) => expect(cleanAnswer(answer, WINDOW)).toBe(text));
});
