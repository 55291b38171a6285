import { execFile } from 'node:child_process';
import { availableBytes, readMemory, vmStatBytes } from './memory.ts';

/** Bytes of memory that can be had; where Node cannot tell, macOS's own program can. `undefined`: neither does. */
export async function memoryNow(): Promise<number | undefined> {
  const bytes = availableBytes(readMemory());
  if (bytes !== undefined) return bytes;
  return new Promise((resolve) => {
    execFile('/usr/bin/vm_stat', { timeout: 2000, env: {} }, (error, text) =>
      resolve(error ? undefined : vmStatBytes(text)),
    );
  });
}
