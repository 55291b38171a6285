// Run as a process of its own: node ledgerWriter.ts DIR NAME LINES [LONGEST PAUSE IN MS]
import { createLedger } from '../../src/net/ledger.ts';

const [, , dir = '', name = '', lines = '', pause = '2'] = process.argv;
const ledger = createLedger(dir);
for (let id = 0; id < Number(lines); id += 1) {
  await ledger.append({ phase: 'begin', id: String(id), model: name });
  await new Promise((resolve) => setTimeout(resolve, Math.random() * Number(pause)));
}
ledger.dispose();
