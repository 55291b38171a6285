import * as v from 'valibot';
import { type Address, readHost } from './address.ts';
import { LEVELS } from './level.ts';
import { readNetworkHost } from './zone.ts';

const HostEntry = v.pipe(
  v.string(),
  v.check((entry) => readNetworkHost(entry) !== undefined),
);

/**
 * What an organisation says for a machine, in a file that its administrator writes. It only tightens: it lowers levels, and
 * it narrows which hosts count as the organisation's and which servers may be used. So a file that somebody else put there
 * (the image of a dev container, for example) can take away and never give.
 */
const Policy = v.strictObject({
  version: v.literal(1),
  /** The least strict level of any folder. */
  maximumLevel: v.optional(v.picklist(LEVELS)),
  /** Patterns as in `switchyard.privacy.patterns`. They tighten only: a folder without a mark stays private. */
  folders: v.optional(
    v.array(v.strictObject({ match: v.pipe(v.string(), v.trim(), v.minLength(1)), level: v.picklist(LEVELS) })),
  ),
  /** The only hosts that may count as the organisation's; of the user's list, what is in here stays. */
  networkHosts: v.optional(v.array(HostEntry)),
  /** The only hosts beyond this machine that may be reached at all, written like `networkHosts`. */
  allowedHosts: v.optional(v.array(HostEntry)),
});
export type OrganisationPolicy = v.InferOutput<typeof Policy>;

/** Reads a policy file. The problem is a sentence's end for people, naming the part that is wrong. */
export function readOrganisationPolicy(text: string): OrganisationPolicy | { readonly problem: string } {
  let raw: unknown;
  try {
    raw = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return { problem: 'it is not JSON' };
  }
  const parsed = v.safeParse(Policy, raw);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const where = issue.path?.map(({ key }) => String(key)).join('.');
  return { problem: `${where ? `“${where}”` : 'it'} is not what version 1 of the format allows` };
}

/** The user's list, narrowed to what every policy allows. A host below a listed name or range is allowed, too. */
export function narrowNetworkHosts(
  hosts: readonly string[],
  policies: readonly Pick<OrganisationPolicy, 'networkHosts'>[],
): readonly string[] {
  return policies.reduce<readonly string[]>((left, { networkHosts }) => {
    if (!networkHosts) return left;
    return left.filter((entry) => networkHosts.some((allowed) => allowed === entry || includesHost(allowed, entry)));
  }, hosts);
}

/** Whether an entry of one host (not a range or a wildcard, which may reach further) lies in another entry. */
function includesHost(allowed: string, entry: string): boolean {
  const host = readHost(entry);
  if ('problem' in host) return false;
  // Port 0 is nobody's: an entry for one port does not allow every port of the host.
  return readNetworkHost(allowed)?.({ ...host, url: '', origin: '', scheme: 'https', port: 0, path: '' }) ?? false;
}

/** Whether every policy allows a server that is not on this machine. */
export function allowsHost(address: Address, policies: readonly Pick<OrganisationPolicy, 'allowedHosts'>[]): boolean {
  return policies.every(
    ({ allowedHosts }) => !allowedHosts || allowedHosts.some((entry) => readNetworkHost(entry)?.(address) ?? false),
  );
}
