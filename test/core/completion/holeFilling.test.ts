import { describe, expect, test } from 'vitest';
import { cleanAnswer, holeMarks, holePrompt } from '../../../src/core/completion/holeFilling.ts';

const WINDOW = { prefix: 'import a\n\nresult = ', suffix: '\nprint(result)' };

test('the prompt marks the hole and names the file', () => {
  const [system, user] = holePrompt(WINDOW, { languageId: 'python', fileName: 'src/a.py' });
  expect(system?.role).toBe('system');
  expect(system?.text).toContain('<<<HOLE>>>');
  expect(system?.text).toContain('<fill></fill>');
  expect(user).toEqual({
    role: 'user',
    text: 'File src/a.py (python):\n\nimport a\n\nresult = <<<HOLE>>>\nprint(result)',
  });
});

test('the marks are such as the text does not have', () => {
  const first = { hole: '<<<HOLE>>>', open: '<fill>', close: '</fill>' };
  const third = { hole: '<<<HOLE-2>>>', open: '<fill-2>', close: '</fill-2>' };
  expect(holeMarks(WINDOW)).toEqual(first);
  expect(holeMarks({ prefix: '<<<HOLE>>>', suffix: '</fill-1>' })).toEqual(third);
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
    ['in tags', '<fill>a.run()</fill>', 'a.run()'],
    ['in tags, cut by the stop', '<fill>a.run()', 'a.run()'],
    ['in tags, with sentences around', 'Sure, here it is:\n\n<fill>a.run()</fill>\n\nIt runs a.', 'a.run()'],
    ['in tags, as a block', '<fill>\na.run()\n</fill>', 'a.run()'],
    ['in tags, fenced', '<fill>\n```python\na.run()\n```\n</fill>', 'a.run()'],
    ['in tags, with the echo of the line', '<fill>result = a.run()</fill>', 'a.run()'],
    ['in tags, beginning on a new line', '<fill>\n  a.run()</fill>', '\n  a.run()'],
    ['in tags, with a fence that belongs there', '<fill>See:\n```\na\n```\nEnd</fill>', 'See:\n```\na\n```\nEnd'],
    ['in tags, nothing', '<fill></fill>', ''],
    ['the closing tag alone', 'a.run()</fill>', 'a.run()'],
    ['thoughts with a tag in them', '<think>use <fill>x</fill></think><fill>a.run()</fill>', 'a.run()'],
  ])('%s', (_, answer, text) => expect(cleanAnswer(answer, WINDOW)).toBe(text));
});
