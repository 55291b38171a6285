import { describe, expect, test } from 'vitest';
import { withoutReserved } from '../../../src/core/completion/window.ts';

describe('withoutReserved', () => {
  const reserved = ['<|fim_prefix|>', '<|im_end|>'];
  test.each([
    ['a\nb', 'c\nd', 'a\nb', 'c\nd'],
    ['a <|im_end|> x\nb\nc', 'd', 'b\nc', 'd'],
    ['a <|im_end|>\n<|fim_prefix|>b\nc', 'd', 'c', 'd'],
    ['a', 'b\nc\nd <|im_end|>\ne', 'a', 'b\nc'],
    ['a', '\n<|im_end|>', 'a', ''],
  ])('%j + %j', (prefix, suffix, before, after) =>
    expect(withoutReserved({ prefix, suffix }, reserved)).toEqual({ prefix: before, suffix: after }),
  );

  test.each([
    ['a <|im_end|> b', ''],
    ['x\na <|im_end|> b', ''],
    ['', 'b <|im_end|>\nc'],
  ])('refuses %j + %j: it is on the line of the cursor', (prefix, suffix) =>
    expect(withoutReserved({ prefix, suffix }, reserved)).toBeUndefined(),
  );
});
