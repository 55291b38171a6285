import { AppError } from '../core/outcome.ts';
import { isCloudName } from '../core/privacy/cloudName.ts';
import { ollamaClient } from './ollamaClient.ts';
import { parsed } from './ollamaModels.ts';
import { ShowAnswer, type Shown } from './ollamaWire.ts';
import { type Call, factsOf } from './wire.ts';

/**
 * The name by which to ask a server for a model so that the answer cannot come from the vendor's cloud.
 *
 * Servers that have `internal/modelref` (0.34.0 does, 0.17.7 does not) take `model:local` and answer 404 where they would
 * pass the request on. Whether a server knows that form is found out by asking for details of the model under it: an
 * older server looks for a model of that name among its own and has none. The number of the version would tell less: a
 * server built from source calls itself 0.0.0.
 */
export interface LocalForm {
  /** Throws `AppError('refused')` for a model that is meant to be local and is not; nothing but its name was sent. */
  nameFor(call: Call & { readonly model: NonNullable<Call['model']> }): Promise<string>;
  /** To be told what `list` learned: a server of another version is another server. */
  sawVersion(url: string, version: string | undefined): void;
  /** To be told that a model was not found, so that the server is asked again what it knows. */
  forget(url: string): void;
}

export function createLocalForm(): LocalForm {
  const knows = new Map<string, boolean>();
  const versions = new Map<string, string | undefined>();
  return {
    async nameFor(call) {
      const { name, zone } = call.model;
      const { url } = call.endpoint;
      if (zone === 'cloud') return name;
      if (isCloudName(name)) {
        throw new AppError('refused', {
          ...factsOf(call),
          rule: 'cloudName',
          detail: 'A model of this name would be asked of the cloud.',
        });
      }
      if (/:local\s*$/iu.test(name)) return name;
      const local = `${name}:local`;
      let known = knows.get(url);
      if (known === undefined) {
        known = await detailsOf(call, local).then(
          () => true,
          (error: unknown) => {
            if (error instanceof AppError && (error.facts.status === 404 || error.facts.status === 400)) return false;
            throw error;
          },
        );
        if (known) knows.set(url, true);
      }
      if (known) return local;
      // An older server: before each request, because any name may have become an alias of a cloud model meanwhile.
      const { remote_host: host, remote_model: model } = await detailsOf(call, name);
      if (host || model) {
        throw new AppError('refused', {
          ...factsOf(call),
          rule: 'remoteModel',
          detail: `The server would pass the request on to ${host ?? 'another server'}.`,
        });
      }
      knows.set(url, false);
      return name;
    },
    sawVersion(url, version) {
      if (versions.has(url) && versions.get(url) !== version) knows.delete(url);
      versions.set(url, version);
    },
    forget: (url) => void knows.delete(url),
  };
}

async function detailsOf({ line, endpoint, signal }: Call, model: string): Promise<Shown> {
  // Without the model: details about a cloud model are no answer from the cloud.
  return parsed(ShowAnswer, await ollamaClient({ line, endpoint, signal }).show({ model }), endpoint);
}
