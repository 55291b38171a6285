import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generate } from 'selfsigned';

/** A certificate for some host names that is its own authority, and the key to it, in PEM form. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
  /** The certificate as a file: a client trusts it through `NODE_EXTRA_CA_CERTS`, which Node reads once, when it starts. */
  readonly file: string;
}

export async function makeCertificate(dir: string, names: readonly string[]): Promise<Certificate> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: names[0] ?? 'localhost' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: names.map((value) => ({ type: 2, value })) },
    ],
  });
  const file = join(dir, 'certificate.pem');
  mkdirSync(dir, { recursive: true });
  writeFileSync(file, cert);
  return { key, cert, file };
}
