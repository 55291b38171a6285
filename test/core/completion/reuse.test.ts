import { describe, expect, test } from 'vitest';
import { baseOf, createStore, typedSince } from '../../../src/core/completion/reuse.ts';
import { model, place } from './sample.ts';

const CODESTRAL = model('codestral');
const base = (marked: string) => baseOf('file:///a.ts', CODESTRAL, 'codestral', place(marked));
const before = (marked: string) => place(marked).before;

describe('typedSince', () => {
  const any = () => true;
  test('finds what was typed', () => {
    expect(typedSince(base('foo(|'), before('foo(bar|'), 10, any)).toBe('bar');
    expect(typedSince(base('foo(|'), before('foo(|'), 10, any)).toBe('');
  });
  test('not before the place, nor too far behind it', () => {
    expect(typedSince(base('foo(|'), before('foo|'), 10, any)).toBeUndefined();
    expect(typedSince(base('foo(|'), before('foo(bar|'), 2, any)).toBeUndefined();
  });
  test('the start of the text is part of the place', () => {
    expect(typedSince(base('|'), before('foo|'), 10, any)).toBe('foo');
    expect(typedSince(base('foo(|'), before('x\nfoo(|'), 10, any)).toBeUndefined();
  });
  test('long texts are told apart by their end', () => {
    const long = 'x = 1;\n'.repeat(2000);
    expect(typedSince(base(`${long}foo(|`), before(`${long}foo(a|`), 10, any)).toBe('a');
    expect(typedSince(base(`${long}foo(|`), before(`${long}bar(a|`), 10, any)).toBeUndefined();
  });
});

describe('the store', () => {
  test('is bounded, and forgets the oldest first', () => {
    const store = createStore(2);
    const where = ['a = |', 'b = |', 'c = |'];
    store.add(base('a = |'), '1', false);
    store.add(base('b = |'), '1', false);
    expect(store.find(base('a = |'), before('a = |'), false), 'used now').toBe('1');
    store.add(base('c = |'), '1', false);
    expect(where.map((marked) => store.find(base(marked), before(marked), false))).toEqual(['1', undefined, '1']);
  });
  test('the newest text for a place counts', () => {
    const store = createStore();
    store.add(base('a = |'), '1', false);
    store.add(base('a = |'), '2', false);
    expect(store.find(base('a = |'), before('a = |'), false)).toBe('2');
  });
  test('text that was typed to its end gives nothing', () => {
    const store = createStore();
    store.add(base('a = |'), '12 ', false);
    expect(store.find(base('a = 1|'), before('a = 1|'), false)).toBe('2 ');
    expect(store.find(base('a = 12|'), before('a = 12|'), false)).toBeUndefined();
  });
  test('a place that wants lines takes no single line', () => {
    const store = createStore();
    store.add(base('a = |'), '1', false);
    expect(store.find(base('a = |'), before('a = |'), true)).toBeUndefined();
    store.clear();
    store.add(base('a = |'), '1\n2', true);
    expect(store.find(base('a = |'), before('a = |'), true)).toBe('1\n2');
  });
  test('that a model wrote nothing is remembered, for this very place', () => {
    const store = createStore();
    store.add(base('a = |'), ' ', false);
    expect(store.isEmptyAt(base('a = |'))).toBe(true);
    expect(store.isEmptyAt(base('a = 1|'))).toBe(false);
    store.add(base('a = |'), '1', false);
    expect(store.isEmptyAt(base('a = |'))).toBe(false);
  });
  test('several texts for a place keep their order', () => {
    const store = createStore();
    store.add(base('a = |'), '12', false);
    store.addAlternative(base('a = |'), '13');
    store.addAlternative(base('a = |'), '13');
    store.addAlternative(base('a = |'), '2');
    expect(store.findAll(base('a = |'), before('a = |'))).toEqual(['12', '13', '2']);
    expect(store.findAll(base('a = 1|'), before('a = 1|'))).toEqual(['2', '3']);
    expect(store.find(base('a = 1|'), before('a = 1|'), false)).toBe('2');
  });
});
