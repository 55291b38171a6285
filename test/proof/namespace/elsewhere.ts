import { createSocket } from 'node:dgram';
import { appendFileSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer } from 'node:net';
import { generate } from 'selfsigned';
import { startOpenAIPeer } from '../../peers/openai.ts';
import { CLOSED_MODEL, VENDOR } from './elsewhereAnswers.ts';
import { ELSEWHERE } from './network.ts';

/**
 * Everything that is not this machine: a resolver by which every name leads here, and at port 443 a closed API that answers to
 * any name. Usage: node elsewhere.ts CERTIFICATE LOG. Writes what reaches it into the log, as lines of JSON.
 */

const [certificate = '', log = ''] = process.argv.slice(2);
const note = (line: object) => appendFileSync(log, `${JSON.stringify(line)}\n`);

/** RFC 1035, section 4: the question is given back with one answer, or with none for what is not an IPv4 address. */
function answerTo(query: Buffer): { readonly name: string; readonly answer: Buffer } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.subarray(at + 1, at + 1 + length).toString());
    at += 1 + length;
  }
  const type = query.readUInt16BE(at + 1);
  const question = query.subarray(12, at + 5);
  const isAddress = type === 1;
  const header = Buffer.from(query.subarray(0, 12));
  header.writeUInt16BE(0x81_80, 2);
  header.writeUInt16BE(isAddress ? 1 : 0, 6);
  header.writeUInt32BE(0, 8);
  // A pointer to the name in the question, type A, class IN, one second, four bytes.
  const record = Buffer.from([0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, ...ELSEWHERE.v4.split('.').map(Number)]);
  return { name: labels.join('.'), answer: Buffer.concat([header, question, ...(isAddress ? [record] : [])]) };
}

const { private: key, cert } = await generate([{ name: 'commonName', value: 'elsewhere' }], {
  keyType: 'ec',
  algorithm: 'sha256',
  extensions: [
    { name: 'basicConstraints', cA: true },
    { name: 'subjectAltName', altNames: ['api.openai.com', 'ollama.com'].map((value) => ({ type: 2, value })) },
  ],
});
writeFileSync(certificate, cert);

const resolver = createSocket('udp4', (query, from) => {
  const { name, answer } = answerTo(query);
  note({ lookup: name });
  resolver.send(answer, from.port, from.address);
});
const api = createHttpServer();
await startOpenAIPeer({
  server: api,
  models: [CLOSED_MODEL],
  tokens: Array.from({ length: 40 }, () => 'far '),
  tokenMs: 5,
});
const server = createTlsServer({ key, cert }, (request, response) => {
  // A connection that is kept would go on saying so, without a word of text, in captures of other times.
  response.shouldKeepAlive = false;
  let body = '';
  request.setEncoding('utf8').on('data', (text: string) => {
    body += text;
  });
  request.on('end', () => note({ request: request.url, key: request.headers.authorization, body }));
  const vendor = VENDOR.find(([path]) => request.url?.startsWith(path))?.[1];
  if (vendor) response.setHeader('content-type', 'application/json').end(JSON.stringify(vendor));
  else api.emit('request', request, response);
});
const front = createServer((socket) => {
  note({ connection: socket.remoteAddress });
  socket.on('error', () => undefined);
  socket.on('close', () => note({ hungUp: true }));
  server.emit('connection', socket);
});
resolver.bind(53, '0.0.0.0', () => front.listen(443, '0.0.0.0', () => process.stdout.write('listening\n')));
