import type { Zone } from '../model.ts';
import { type Refusal, refusal } from '../outcome.ts';
import { type ScanText, cover, excerptAt, lineAt } from './secret.ts';

/** A text that a request was made from, whole. What was cut to fit is looked at too; it is never sent. */
export interface Material {
  /** For people: a file, “your question”. */
  readonly label: string;
  /** The document it is from, where it is from one. */
  readonly uri?: string;
  /** Number of its first line in the document, counted from 0; absent for text that is no document. */
  readonly firstLine?: number;
  readonly text: string;
}

/** What is about to be sent, and what it was made from. */
export interface Parcel {
  readonly texts: readonly { readonly label: string; readonly text: string }[];
  readonly material: readonly Material[];
}

/** Why a request is held. Never holds the secret itself. */
export type Finding =
  | {
      readonly kind: 'secret';
      /** What it looks like, for example `GitHub token`. */
      readonly what: string;
      /** For example `src/cart.ts, line 12`. */
      readonly where: string;
      /** The line it stands on, with every secret covered. */
      readonly excerpt: string;
    }
  | {
      readonly kind: 'ignored';
      readonly where: string;
      /** The ignore rule that matched. */
      readonly pattern: string;
    };

/** A request that was stopped before it left: a refusal that says what was found. */
export interface Held extends Refusal {
  readonly rule: 'secret' | 'ignored';
  readonly findings: readonly Finding[];
}

export function isHeld(value: Refusal): value is Held {
  return 'findings' in value;
}

/** Looks at everything that leaves this machine. */
export interface Screen {
  /** Holds a request to a network or a cloud with a secret or an ignored file in it; refuses it when nobody can look. */
  inspect(parcel: Parcel, zone: Zone): Promise<Held | Refusal | undefined>;
  /** The text with a placeholder in place of every secret. */
  redact(text: string): Promise<string>;
}

export interface ScreenParts {
  readonly scan: ScanText;
  /** The ignore rule that keeps a document on this machine, by its URI. */
  readonly ignored: (uri: string) => Promise<string | undefined>;
}

export function createScreen({ scan, ignored }: ScreenParts): Screen {
  const inspect = async ({ texts, material }: Parcel): Promise<Held | undefined> => {
    const findings: Finding[] = [];
    for (const { uri, label } of material) {
      const pattern = uri === undefined ? undefined : await ignored(uri);
      if (pattern !== undefined) findings.push({ kind: 'ignored', where: label, pattern });
    }
    const told = new Set<string>();
    // The material first: it knows files and lines, and what is found there need not be told again for the prompt.
    for (const part of [...material, ...texts]) {
      const secrets = await scan(part.text);
      for (const secret of secrets) {
        const own = part.text.slice(secret.start, secret.end);
        if (told.has(own)) continue;
        told.add(own);
        const excerpt = excerptAt(part.text, secret, secrets);
        findings.push({ kind: 'secret', what: secret.what, where: placeOf(part, secret.start), excerpt });
      }
    }
    return findings.length === 0 ? undefined : heldFor(findings);
  };
  return {
    async inspect(parcel, zone) {
      if (zone === 'device') return undefined;
      try {
        return await inspect(parcel);
      } catch {
        return refusal('screen', 'What was to be sent could not be searched for secrets, so nothing was sent.');
      }
    },
    redact: async (text) => cover(text, await scan(text), ({ what }) => `[redacted: ${what}]`),
  };
}

/** The reasons stand in the ledger, which names no files. */
function heldFor(findings: readonly Finding[]): Held {
  const kinds = findings.flatMap((each) => (each.kind === 'secret' ? [each.what] : []));
  if (findings.some(({ kind }) => kind === 'ignored')) {
    return {
      ...refusal('ignored', 'The text is from a file that your ignore rules keep on this machine.'),
      rule: 'ignored',
      findings,
    };
  }
  const what = [...new Set(kinds)].join(', ');
  return {
    ...refusal('secret', `Not sent: the text holds what looks like a secret (${what}).`),
    rule: 'secret',
    findings,
  };
}

function placeOf(part: Parcel['texts'][number] | Material, at: number): string {
  if (!('firstLine' in part) || part.firstLine === undefined) return part.label;
  return `${part.label}, line ${part.firstLine + lineAt(part.text, at) + 1}`;
}
