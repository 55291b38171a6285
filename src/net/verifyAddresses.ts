import type { Attempt } from './verifyAttempts.ts';
import { type Outcome, type Stage, endpointAt, stopped } from './verifyStage.ts';

/** Ways to write an address that is not this machine's loopback, or may be read as another; `PORT` is a listener's. */
const SPELLINGS: readonly (readonly [url: string, what: string])[] = [
  ['http://0.0.0.0:PORT', 'the address of no machine, which many systems take for this one'],
  ['http://2130706433:PORT', 'an address as one decimal number'],
  ['http://0x7f000001:PORT', 'an address as a hexadecimal number'],
  ['http://0177.0.0.1:PORT', 'an address with an octal part'],
  ['http://127.1:PORT', 'an address with parts left out'],
  ['http://[::ffff:127.0.0.1]:PORT', 'IPv4 inside IPv6'],
  ['http://[::ffff:7f00:1]:PORT', 'IPv4 inside IPv6, in hexadecimal'],
  ['http://[::]:PORT', 'the IPv6 address of no machine'],
  ['http://127.0.0.1@evil.example:PORT', 'a host behind a user name that looks like this machine'],
  ['http://localhost.evil.example:PORT', 'a host that begins like this machine'],
  ['http://localhost.:PORT', 'a name that ends in a dot'],
  ['http://ⓛocalhost:PORT', 'a name with a letter that only looks like one'],
  ['http://127。0。0。1:PORT', 'an address with full stops of another script'],
  ['http://127.0.0.1:PORT\\@evil.example', 'an address that two readers read differently'],
];

export const SPELLING_ATTEMPTS: readonly Attempt[] = SPELLINGS.map(([spelling, what]) => ({
  id: `spelling:${spelling}`,
  tried: `Call ${spelling.replace(':PORT', '')} this machine: ${what}.`,
  rules: spelling.includes('evil.example:') && !spelling.includes('@') ? ['cloudNeedsTls', 'zone'] : ['address'],
  async run(stage) {
    const { port } = stage.outside;
    // Every name leads to the listener, so that a request would be seen.
    return sendTo(stage, spelling.replace('PORT', `${port}`), ['127.0.0.1']);
  },
}));

/** An address that no machine has (RFC 5737): dialling it reaches nobody. */
const ELSEWHERE = '192.0.2.1';

export const NAME_ATTEMPTS: readonly Attempt[] = [
  {
    id: 'rebinding:elsewhere',
    tried: 'Have the name localhost lead to another machine.',
    rules: ['notLoopback'],
    run: async (stage) => sendTo(stage, `http://localhost:${stage.outside.port}`, [ELSEWHERE]),
  },
  {
    id: 'rebinding:both',
    tried: 'Have the name localhost lead to this machine and to another one.',
    rules: ['notLoopback'],
    run: async (stage) => sendTo(stage, `http://localhost:${stage.outside.port}`, ['127.0.0.1', ELSEWHERE]),
  },
  {
    id: 'rebinding:later',
    tried: 'Have the name localhost lead to this machine when it is checked and elsewhere when it is dialled.',
    rules: ['pinned'],
    async run(stage) {
      const server = await stage.inside();
      const endpoint = endpointAt(`http://localhost:${server.port}`);
      let asked = 0;
      const lookup = () => {
        asked += 1;
        return Promise.resolve([{ address: asked === 1 ? '127.0.0.1' : ELSEWHERE }]);
      };
      const sent = await stage.send({ endpoint }, { door: stage.door({ endpoints: () => [endpoint], lookup }) });
      if (asked === 1 && server.paths.length === 1) {
        return stopped('pinned', 'The name was asked for once, and the very address that was checked was dialled.');
      }
      return sent.stoppedBy ? sent : { instead: `The name was asked for ${asked} times.` };
    },
  },
  {
    id: 'network',
    tried: 'Send private text to a host of the organisation.',
    rules: ['level:private'],
    run: (stage) => toNetwork(stage, 'network'),
  },
  {
    id: 'network:disguised',
    tried: 'Pretend that a host of the organisation is this machine.',
    rules: ['zone'],
    run: (stage) => toNetwork(stage, 'device'),
  },
];

async function toNetwork(stage: Stage, zone: 'network' | 'device'): Promise<Outcome> {
  const { port } = stage.outside;
  const endpoint = endpointAt(`http://gpu.corp.example:${port}`, { zone });
  const door = stage.door({
    endpoints: () => [endpoint],
    networkHosts: ['gpu.corp.example'],
    lookup: () => Promise.resolve([{ address: '127.0.0.1' }]),
  });
  return stage.send({ endpoint }, { door });
}

async function sendTo(stage: Stage, url: string, leadsTo: readonly string[]): Promise<Outcome> {
  const endpoint = endpointAt(url);
  const lookup = () => Promise.resolve(leadsTo.map((address) => ({ address })));
  return stage.send({ endpoint }, { door: stage.door({ endpoints: () => [endpoint], lookup }) });
}
