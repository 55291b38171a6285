import type { Ollama } from 'ollama/browser';
import type * as z from 'zod/mini';
import {
  type Abilities,
  type Endpoint,
  type Loaded,
  type Model,
  type Zone,
  lessPrivate,
  modelId,
} from '../core/model.ts';
import { AppError } from '../core/outcome.ts';
import { isCloudName } from '../core/privacy/cloudName.ts';
import type { Listing } from '../core/provider.ts';
import { PsAnswer, type Running, ShowAnswer, type Shown, type Tag, TagsAnswer, VersionAnswer } from './ollamaWire.ts';

/** Requests for details that are under way at one time. */
const AT_ONCE = 6;

/** Details of models by digest: they change only with it. Kept by the provider for as long as it lives. */
export type Details = Map<string, Shown>;

/**
 * Everything that the server has, with what each model can do. Servers up to 0.24 tell neither abilities nor context in
 * the list (measured), so the details are asked for once per digest. Models that are reached through another server are
 * told by the metadata, and by the name where that alone makes Ollama dial its vendor; for the latter no details are
 * asked, because asking dials too.
 */
export async function listModels(client: Ollama, endpoint: Endpoint, details: Details): Promise<Listing> {
  // The list is what counts. A server that lacks one of the other routes is only old.
  const [tags, running, version] = await Promise.all([
    client.list().then((answer) => parsed(TagsAnswer, answer, endpoint).models ?? []),
    client.ps().then((answer) => parsed(PsAnswer, answer, endpoint).models ?? [], lacking([])),
    client.version().then((answer) => parsed(VersionAnswer, answer, endpoint).version, lacking(undefined)),
  ]);
  const models: Model[] = [];
  const queue = tags.entries();
  const work = async () => {
    for (const [index, tag] of queue) {
      const shown = needsDetails(tag) ? await detailsOf(client, tag, endpoint, details) : undefined;
      models[index] = toModel(
        endpoint,
        tag,
        shown,
        running.find(({ name }) => name === tag.name),
      );
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { models, ...(version !== undefined && { version }) };
}

/** Checks the shape of an answer. */
export function parsed<T extends z.ZodMiniType>(schema: T, answer: unknown, endpoint: Endpoint): z.output<T> {
  const result = schema.safeParse(answer);
  if (result.success) return result.data;
  throw new AppError('badResponse', { endpoint, detail: JSON.stringify(answer)?.slice(0, 300) ?? 'no answer' });
}

function lacking<T>(instead: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof AppError && error.kind === 'unsupported') return instead;
    throw error;
  };
}

function needsDetails(tag: Tag): boolean {
  if (tag.remote_host || tag.remote_model || isCloudName(tag.name)) return false;
  // `insert` comes from a template, and only the template tells whether it can hold a conversation as well.
  return !tag.capabilities || tag.capabilities.includes('insert') || tag.details?.context_length === undefined;
}

async function detailsOf(client: Ollama, tag: Tag, endpoint: Endpoint, details: Details): Promise<Shown | undefined> {
  const known = tag.digest === undefined ? undefined : details.get(tag.digest);
  if (known) return known;
  try {
    const shown = parsed(ShowAnswer, await client.show({ model: tag.name }), endpoint);
    if (tag.digest !== undefined) details.set(tag.digest, shown);
    return shown;
  } catch (error) {
    // One model whose files are broken, or that was removed meanwhile, must not hide the others.
    if (error instanceof AppError && error.facts.status !== undefined) return undefined;
    throw error;
  }
}

function toModel(endpoint: Endpoint, tag: Tag, shown: Shown | undefined, running: Running | undefined): Model {
  const { details = {} } = tag;
  const family = details.family ?? shown?.details?.family;
  const parameters = details.parameter_size ?? shown?.details?.parameter_size;
  const quantization = details.quantization_level ?? shown?.details?.quantization_level;
  const contextLength = details.context_length ?? contextOf(shown);
  return {
    id: modelId(endpoint, tag.name),
    name: tag.name,
    endpoint,
    ...zoneOf(endpoint, tag, shown, running),
    abilities: abilitiesOf(tag, shown),
    ...(family && { family }),
    ...(parameters && { parameters }),
    ...(quantization && quantization !== 'unknown' && { quantization }),
    ...(tag.size !== undefined && { sizeBytes: tag.size }),
    ...(contextLength !== undefined && contextLength > 0 && { contextLength }),
    ...(tag.digest !== undefined && { digest: tag.digest }),
    ...(running && { loaded: loadedOf(running) }),
  };
}

function zoneOf(
  endpoint: Endpoint,
  tag: Tag,
  shown: Shown | undefined,
  running: Running | undefined,
): { zone: Zone; zoneReason?: string } {
  const told = [tag, shown, running].find((entry) => entry?.remote_host || entry?.remote_model);
  if (told) {
    const where = told.remote_host ? hostOf(told.remote_host) : 'another server';
    return {
      zone: lessPrivate(endpoint.zone, 'cloud'),
      zoneReason: `${endpoint.label} passes its requests on to ${where}.`,
    };
  }
  if (isCloudName(tag.name)) {
    return { zone: 'cloud', zoneReason: `Its name makes ${endpoint.label} pass requests on to the cloud.` };
  }
  return { zone: endpoint.zone };
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host || url : url;
}

function abilitiesOf(tag: Tag, shown: Shown | undefined): Abilities {
  const can = new Set(tag.capabilities ?? shown?.capabilities ?? inferred(tag, shown));
  const writes = can.has('completion');
  return {
    // Without `insert` only the server's template cannot do it: models often were trained for it nevertheless, and raw
    // prompts need no template.
    insert: can.has('insert') ? true : writes ? 'unknown' : false,
    chat: writes && !(can.has('insert') && isForHolesOnly(shown?.template)),
    tools: can.has('tools'),
    vision: can.has('vision'),
    thinking: can.has('thinking'),
  };
}

/**
 * Whether a template with a suffix has no place for a conversation: base models such as `qwen2.5-coder:1.5b-base` have it, and
 * the server says `completion` of them all the same. Names of the fields: `docs/template.mdx` of Ollama v0.34.0.
 */
function isForHolesOnly(template: string | undefined): boolean {
  return template !== undefined && !/\{\{[^}]*\.(Messages|System)\b/u.test(template);
}

/**
 * Servers before 0.6.4 do not tell capabilities; this is how later ones find them (`Capabilities` of server/images.go,
 * v0.6.5). A model without any details is taken for one that talks, as most do.
 */
function inferred(tag: Tag, shown: Shown | undefined): string[] {
  const info = Object.keys(shown?.model_info ?? {});
  const template = shown?.template ?? '';
  const families = tag.details?.families ?? [];
  const can: string[] = [];
  if (!info.some((key) => key.endsWith('.pooling_type'))) can.push('completion');
  if (/\{\{[^}]*\.Suffix\b/u.test(template)) can.push('insert');
  if (/\{\{[^}]*\.Tools\b/u.test(template)) can.push('tools');
  if (shown?.projector_info || families.includes('clip') || families.includes('mllama')) can.push('vision');
  return can;
}

/** For example `llama.context_length`: the key begins with the architecture, and parts of it (vision) have their own. */
function contextOf(shown: Shown | undefined): number | undefined {
  const info = shown?.model_info ?? {};
  const architecture = info['general.architecture'];
  const told = typeof architecture === 'string' ? info[`${architecture}.context_length`] : undefined;
  return typeof told === 'number' ? told : undefined;
}

function loadedOf({ context_length, size, size_vram }: Running): Loaded {
  return {
    ...(context_length && { contextLength: context_length }),
    ...(size !== undefined && { sizeBytes: size }),
    ...(size_vram !== undefined && { gpuBytes: size_vram }),
  };
}
