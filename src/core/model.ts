import type { Profile } from './completion/profiles.ts';

/** Where a model runs, from the most to the least private. A fact about the socket and the server, never about a name. */
export const ZONES = ['device', 'network', 'cloud'] as const;
export type Zone = (typeof ZONES)[number];

/** The tasks that have a model of their own. */
export const ROLES = ['completion', 'chat'] as const;
export type Role = (typeof ROLES)[number];

/** The wire protocols that a server of the user may speak. */
export const PROTOCOLS_OF_SERVERS = [
  'ollama',
  'openai',
  'llamacpp',
  'mistral',
  'deepseek',
  'anthropic',
  'gemini',
] as const;
/** `builtin` is a process of our own, which no setting names. */
export const PROTOCOLS = [...PROTOCOLS_OF_SERVERS, 'builtin'] as const;
/** Each has one file under `providers/`. */
export type Protocol = (typeof PROTOCOLS)[number];

/** A server that the user configured. */
export interface Endpoint {
  /** Stable and unique among the user's endpoints; part of every saved choice. */
  readonly id: string;
  readonly label: string;
  readonly protocol: Protocol;
  /** Canonical base URL without a trailing slash, for example `http://127.0.0.1:11434` or `https://api.openai.com/v1`. */
  readonly url: string;
  /** The zone of the socket. A model behind it may be less private, never more: see {@link Model.zone}. */
  readonly zone: Zone;
  /** Whether requests carry an API key of the user (kept by origin, attached in the door). */
  readonly needsKey: boolean;
}

/** What a model can do, from the server's metadata. */
export interface Abilities {
  /** Trained to fill in the middle. `unknown` when the metadata does not say: the completion profile then decides. */
  readonly insert: boolean | 'unknown';
  readonly chat: boolean;
  readonly tools: boolean;
  readonly vision: boolean;
  readonly thinking: boolean;
}

/** Identity of a model across restarts: `<endpoint id>/<name on the server>`. */
export type ModelId = `${string}/${string}`;

export interface Model {
  readonly id: ModelId;
  /** As the server names it, for example `qwen2.5-coder:7b`. */
  readonly name: string;
  readonly endpoint: Endpoint;
  /** The less private of the endpoint's zone and the zone that the server's metadata tells (Ollama's cloud models). */
  readonly zone: Zone;
  /** Why the zone is what it is, when it is not simply the endpoint's. */
  readonly zoneReason?: string;
  readonly abilities: Abilities;
  /** As the server's metadata has it, for example `llama`, `qwen2`. */
  readonly family?: string;
  /** For example `7.6B`. */
  readonly parameters?: string;
  /** For example `Q4_K_M`. */
  readonly quantization?: string;
  /** Bytes on the server's disk. */
  readonly sizeBytes?: number;
  /** Tokens of context that the model was trained for. */
  readonly contextLength?: number;
  /** Changes when the weights or the metadata do. */
  readonly digest?: string;
  /** Present while the model is in memory. */
  readonly loaded?: Loaded;
  /** Why it cannot be used at all, as a sentence: a damaged file. */
  readonly unusable?: string;
  /** Whether it may be deleted from the disk, where that is not as its server has it for all: files of other programs stay. */
  readonly removable?: boolean;
  /** How it fills in the middle, where the user or a probe said so; otherwise its metadata and its name decide. */
  readonly profile?: Profile | 'holeFilling';
}

export interface Loaded {
  /** Tokens of context in force. */
  readonly contextLength?: number;
  /** Bytes in memory, and how many of them on a GPU. */
  readonly sizeBytes?: number;
  readonly gpuBytes?: number;
  /** What it computes with, where that is known: threads, and the kind of GPU. */
  readonly threads?: number;
  readonly gpu?: string;
}

export function modelId(endpoint: Pick<Endpoint, 'id'>, name: string): ModelId {
  return `${endpoint.id}/${name}`;
}

/** The less private of two zones. */
export function lessPrivate(a: Zone, b: Zone): Zone {
  return ZONES.indexOf(a) >= ZONES.indexOf(b) ? a : b;
}

/** Whether a zone is at least as private as a ceiling. False for a word that is no zone. */
export function isWithin(zone: Zone, ceiling: Zone): boolean {
  return ZONES.includes(zone) && ZONES.indexOf(zone) <= ZONES.indexOf(ceiling);
}

/** Whether a model may serve a role at all (not whether the policy lets it). */
export function serves(model: Model, role: Role): boolean {
  if (model.unusable !== undefined) return false;
  return role === 'chat' ? model.abilities.chat : model.abilities.insert !== false || model.abilities.chat;
}
