import { expect, test } from 'vitest';
import { importedNames } from '../../../src/core/completion/imports.ts';
import { textOf } from '../../../src/core/completion/text.ts';

/** The words in which the places lie. */
function words(content: string): string[] {
  const lines = content.split('\n');
  return importedNames(textOf(content)).map(({ line, character }) => {
    const text = lines[line] ?? '';
    const before = /[\p{L}\p{N}_$]*$/u.exec(text.slice(0, character + 1))?.[0] ?? '';
    return before + (/^[\p{L}\p{N}_$]*/u.exec(text.slice(character + 1))?.[0] ?? '');
  });
}

test.each([
  [
    'TypeScript',
    "import { Cart, type Price, add as plus } from './cart.ts';\nimport shop from './shop';",
    ['shop', 'add', 'Price', 'Cart'],
  ],
  ['a default beside others', "import React, { useState } from 'react';", ['useState']],
  ['Python', 'from shop.cart import Cart, Price\nimport os.path', ['path', 'Price', 'Cart']],
  ['Python in brackets', 'from shop import (Cart, Price)', ['Price', 'Cart']],
  ['Java', 'import com.acme.shop.Cart;\nimport static com.acme.Prices.EUR;', ['EUR', 'Cart']],
  ['Rust', 'use crate::shop::Cart;', ['Cart']],
  ['nothing', 'const a = 1;\nimportant(a);', []],
])('%s', (_, content, expected) => expect(words(content)).toEqual(expected));

test('at most a dozen, and not far down', () => {
  const many = Array.from({ length: 40 }, (_, n) => `import { a${n} } from './a${n}';`).join('\n');
  expect(words(many)).toHaveLength(12);
  expect(words(`${'\n'.repeat(300)}import { a } from './a';`)).toEqual([]);
});
