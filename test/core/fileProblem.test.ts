import { describe, expect, it } from 'vitest';
import { fileProblem, isMissing } from '../../src/core/fileProblem.ts';

const coded = (code: string, message = 'some text') => Object.assign(new Error(message), { code });

describe('what is wrong with a file', () => {
  it.each([
    ['an error of Node', coded('ENOSPC'), 'the disk is full'],
    ['an error of the editor', coded('NoPermissions'), 'there is no permission'],
    [
      'an error of Node in one of the editor',
      coded('Unknown', "Unable to write file '/c/a.json' (Unknown (FileSystemError): Error: EIO: i/o error, write)"),
      'the disk reports an error',
    ],
    [
      'a folder in its place',
      coded('EISDIR', 'EISDIR: illegal operation on a directory, read'),
      'a folder stands in its place',
    ],
    ['anything else', new Error('Out of tape.\n    at …'), 'Out of tape'],
    ['something that is no error', 'nonsense', 'nonsense'],
    ['nothing', new Error(''), 'the reason is not known'],
  ])('is said in words: %s', (_of, error, words) => {
    expect(fileProblem(error)).toBe(words);
  });

  it('is not there at all', () => {
    expect([coded('ENOENT'), coded('FileNotFound'), coded('EACCES'), undefined].map(isMissing)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});
