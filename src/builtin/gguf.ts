import { type FileHandle, open } from 'node:fs/promises';
import { BLOCKS, FILE_TYPES, MIDDLES } from './ggufTables.ts';

/**
 * What the header of a GGUF file tells (github.com/ggml-org/ggml, docs/gguf.md, version 3; read 2026-11). Only the header is
 * read, and of the vocabulary only what is needed is kept.
 */
export interface GgufFacts {
  readonly architecture: string;
  readonly name?: string;
  readonly parameters: number;
  readonly quantization?: string;
  readonly contextLength: number;
  readonly template?: string;
  readonly fillsIn: boolean;
  readonly layers: number;
  /** Bytes that one token of context takes: keys and values of all layers, in 16 bits. */
  readonly tokenBytes: number;
  /** Bytes that the whole file must have. */
  readonly wholeBytes: number;
}

type Value = string | number | boolean | undefined;

const MAGIC = 0x46554747;
/** Sizes in bytes of the types of values, by their number; 8 is text and 9 a list. */
const SIZES: readonly number[] = [1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8];
const TEXT = 8;
const LIST = 9;
/** More than any header has; a larger number is no header. */
const MOST_ENTRIES = 1e6;
const LONGEST_TEXT = 64e6;

/** Throws when the file is no GGUF or its header is not whole. */
export async function readGguf(path: string): Promise<GgufFacts> {
  const { values, parameters, fills, wholeBytes } = await readHeader(path);
  return { ...factsOf(values, parameters), fillsIn: fills || hasFillToken(values), wholeBytes };
}

/** Bytes that a file must have: one of the later parts of a model, which says nothing of the model itself. Throws likewise. */
export async function wholeBytesOf(path: string): Promise<number> {
  return (await readHeader(path)).wholeBytes;
}

async function readHeader(path: string) {
  const file = await open(path, 'r');
  try {
    return await parseHeader(createReader(file));
  } finally {
    await file.close();
  }
}

async function parseHeader(reader: Reader) {
  if ((await reader.u32()) !== MAGIC) throw new Error('It is no GGUF file.');
  const version = await reader.u32();
  if (version < 2 || version > 3) throw new Error(`GGUF version ${version} is not known.`);
  const tensors = limited(await reader.u64());
  const entries = limited(await reader.u64());
  const values = new Map<string, Value>();
  let fills = 0;
  for (let index = 0; index < entries; index += 1) {
    const key = await reader.text();
    const type = await reader.u32();
    if (type !== LIST) {
      values.set(key, await readValue(reader, type));
      continue;
    }
    const inner = await reader.u32();
    const length = limited(await reader.u64());
    if (inner === TEXT) {
      const marks = key === 'tokenizer.ggml.tokens';
      for (let at = 0; at < length; at += 1) {
        const text = await reader.shortText(marks);
        if (text !== undefined && MIDDLES.has(text)) fills += 1;
      }
    } else if (inner === LIST) throw new Error('A list of lists is not known.');
    else await reader.skip(length * (SIZES[inner] ?? 0));
  }
  let parameters = 0;
  let end = 0;
  for (let index = 0; index < tensors; index += 1) {
    await reader.text();
    let count = 1;
    for (let left = await reader.u32(); left > 0; left -= 1) count *= await reader.u64();
    const type = await reader.u32();
    const offset = await reader.u64();
    parameters += count;
    end = Math.max(end, offset + bytesOf(type, count));
  }
  const alignment = numberOf(values.get('general.alignment')) ?? 32;
  const data = Math.ceil(reader.position() / alignment) * alignment;
  return { values, parameters, fills: fills > 0, wholeBytes: data + end };
}

function factsOf(values: ReadonlyMap<string, Value>, parameters: number) {
  const architecture = values.get('general.architecture');
  if (typeof architecture !== 'string') throw new Error('It does not name its architecture.');
  const of = (key: string) => numberOf(values.get(`${architecture}.${key}`));
  const layers = of('block_count') ?? 0;
  const heads = of('attention.head_count') ?? 1;
  const kvHeads = of('attention.head_count_kv') ?? heads;
  const keys = of('attention.key_length') ?? (of('embedding_length') ?? 0) / heads;
  const lengths = keys + (of('attention.value_length') ?? keys);
  const name = values.get('general.name');
  const template = values.get('tokenizer.chat_template');
  const quantization = FILE_TYPES[numberOf(values.get('general.file_type')) ?? -1];
  return {
    architecture,
    ...(typeof name === 'string' && { name }),
    parameters,
    ...(quantization !== undefined && { quantization }),
    contextLength: of('context_length') ?? 0,
    layers,
    ...(typeof template === 'string' && { template }),
    tokenBytes: Math.ceil(layers * kvHeads * lengths * 2),
  };
}

function hasFillToken(values: ReadonlyMap<string, Value>): boolean {
  return ['fim_mid_token_id', 'middle_token_id'].some((key) => values.has(`tokenizer.ggml.${key}`));
}

async function readValue(reader: Reader, type: number): Promise<Value> {
  switch (type) {
    case 4:
      return reader.u32();
    case TEXT:
      return reader.text();
    case 10:
      return reader.u64();
    default: {
      const size = SIZES[type];
      if (!size) throw new Error(`Type ${type} of a value is not known.`);
      const bytes = await reader.bytes(size);
      if (type === 7) return bytes.readUInt8() !== 0;
      if (type === 6) return bytes.readFloatLE();
      if (type === 12) return bytes.readDoubleLE();
      return bytes.readIntLE(0, Math.min(size, 6));
    }
  }
}

/** 0 for types without an entry: then only less is known of how long the file must be. */
function bytesOf(type: number, count: number): number {
  const block = BLOCKS[type];
  return block ? (count / block[0]) * block[1] : 0;
}

function numberOf(value: Value): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function limited(count: number): number {
  if (count > MOST_ENTRIES) throw new Error('Its header is damaged.');
  return count;
}

interface Reader {
  u32(): Promise<number>;
  u64(): Promise<number>;
  bytes(length: number): Promise<Buffer>;
  text(): Promise<string>;
  /** The text if `wanted` and short, else only past it. */
  shortText(wanted: boolean): Promise<string | undefined>;
  skip(length: number): Promise<void>;
  position(): number;
}

const CHUNK = 1 << 20;
const SHORT = 32;

function createReader(file: FileHandle): Reader {
  let buffer = Buffer.alloc(0);
  let at = 0;
  /** Position in the file of the buffer's first byte. */
  let base = 0;
  const need = async (length: number) => {
    if (buffer.length - at >= length) return;
    base += at;
    const size = Math.max(CHUNK, length);
    const fresh = Buffer.allocUnsafe(size);
    const { bytesRead } = await file.read(fresh, 0, size, base);
    buffer = fresh.subarray(0, bytesRead);
    at = 0;
    if (bytesRead < length) throw new Error('The file ends within its header.');
  };
  const take = (length: number) => {
    const part = buffer.subarray(at, at + length);
    at += length;
    return part;
  };
  const reader: Reader = {
    async u32() {
      if (buffer.length - at < 4) await need(4);
      return take(4).readUInt32LE();
    },
    async u64() {
      if (buffer.length - at < 8) await need(8);
      return Number(take(8).readBigUInt64LE());
    },
    async bytes(length) {
      await need(length);
      return take(length);
    },
    async text() {
      const length = await reader.u64();
      if (length > LONGEST_TEXT) throw new Error('Its header is damaged.');
      await need(length);
      return take(length).toString('utf8');
    },
    async shortText(wanted) {
      if (buffer.length - at < 8) await need(8);
      const length = Number(take(8).readBigUInt64LE());
      if (length > LONGEST_TEXT) throw new Error('Its header is damaged.');
      if (buffer.length - at < length) await need(length);
      const part = take(length);
      return wanted && length <= SHORT ? part.toString('utf8') : undefined;
    },
    async skip(length) {
      if (buffer.length - at >= length) at += length;
      else {
        base += at + length;
        at = 0;
        buffer = Buffer.alloc(0);
      }
      await Promise.resolve();
    },
    position: () => base + at,
  };
  return reader;
}
