// Run as a process of its own: node ledgerWriter.ts DIR NAME LINES
import { createLedger } from '../../src/net/ledger.ts';

const [, , dir = '', name = '', lines = ''] = process.argv;
const ledger = createLedger(dir);
for (let id = 0; id < Number(lines); id += 1) {
  await ledger.append({ phase: 'begin', id: String(id), model: name });
  await new Promise((resolve) => setTimeout(resolve, Math.random() * 2));
}
ledger.dispose();
