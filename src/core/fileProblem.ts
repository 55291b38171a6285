/** Words for the error names of POSIX (errno.h) and of VS Code's `FileSystemError`; they end a sentence. */
const WORDS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of disk space is used up',
  EACCES: 'there is no permission',
  EPERM: 'there is no permission',
  NoPermissions: 'there is no permission',
  EROFS: 'the file system is read-only',
  EIO: 'the disk reports an error',
  EISDIR: 'a folder stands in its place',
  FileIsADirectory: 'a folder stands in its place',
  ENOTDIR: 'a file stands where its folder should be',
  FileNotADirectory: 'a file stands where its folder should be',
  EEXIST: 'something else stands in its place',
  FileExists: 'something else stands in its place',
  ENOENT: 'it is not there',
  FileNotFound: 'it is not there',
  EBUSY: 'another program uses it',
  ETXTBSY: 'another program uses it',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
  EFBIG: 'it is larger than the file system allows',
  ENAMETOOLONG: 'its name is too long',
  Unavailable: 'the file system does not answer',
};

/** Why a file could not be read or written, in words that can follow “:” in a sentence without a full stop. */
export function fileProblem(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  // The editor's file system wraps the error of Node: its code may stand in the message only.
  for (const code of [codeOf(error), ...(message.match(/\bE[A-Z]{2,12}\b/gu) ?? [])]) {
    const known = code === undefined ? undefined : WORDS[code];
    if (known !== undefined) return known;
  }
  return message.split('\n', 1)[0]?.replace(/\.+$/u, '') || 'the reason is not known';
}

/** Whether there is simply no such file. */
export function isMissing(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'ENOENT' || code === 'FileNotFound';
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
