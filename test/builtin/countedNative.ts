import process from 'node:process';
import { type Native, loadNative as load } from '../../src/builtin/native.ts';

export { gpuOf } from '../../src/builtin/native.ts';
export type { Native, NativeContext, NativeModel, NativeSampler } from '../../src/builtin/native.ts';

/**
 * Stands in for `native.ts` in the child of a test: the same addon, whose context writes into the log how many tokens each
 * batch has when it begins. A wish to cancel is written down when it arrives, so that the order of both is the child's own.
 */
export async function loadNative(binary: string, log: (text: string) => void): Promise<Native> {
  const native = await load(binary, log);
  class Counted extends native.AddonContext {
    size = 0;
    override initBatch(size: number): void {
      this.size = size;
      super.initBatch(size);
    }
    override decodeBatch(): Promise<void> {
      log(`batch ${this.size}`);
      return super.decodeBatch();
    }
  }
  Reflect.set(native, 'AddonContext', Counted);
  process.on('message', (message) => {
    if (typeof message === 'object' && message !== null && 'kind' in message && message.kind === 'cancel')
      log('cancel');
  });
  return native;
}
