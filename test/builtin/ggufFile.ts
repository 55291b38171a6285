/** A small GGUF file (github.com/ggml-org/ggml, docs/gguf.md, version 3): whole by its own header, and no model. */
export function ggufFile(options: {
  version?: number;
  entries?: bigint;
  tokens?: readonly string[];
  /** Number of the tensor's type; 16-bit floats unless told. */
  type?: number;
  /** One of the later parts of a model, which do not say what the model is. */
  part?: boolean;
}): Buffer {
  const described: readonly (readonly [string, Buffer])[] = [
    ['general.architecture', text('qwen2')],
    ['general.name', text('Tiny')],
    ['general.file_type', u32(15)],
    ['general.quantized', Buffer.from([7, 0, 0, 0, 1])],
    ['qwen2.context_length', u32(4096)],
    ['qwen2.block_count', u32(2)],
    ['qwen2.embedding_length', u32(32)],
    ['qwen2.attention.head_count', u32(4)],
    ['qwen2.attention.head_count_kv', u32(2)],
    ['qwen2.rope.freq_base', Buffer.concat([number(6), Buffer.from(new Float32Array([1e4]).buffer)])],
    ['tokenizer.ggml.tokens', list(8, (options.tokens ?? ['<s>']).map(plain))],
    ['tokenizer.ggml.scores', list(6, [Buffer.alloc(4), Buffer.alloc(4), Buffer.alloc(4)])],
    ['tokenizer.chat_template', text('{{ messages }}')],
  ];
  const values = options.part === true ? [['split.no', u32(1)] as const] : described;
  const head = Buffer.concat([
    Buffer.from('GGUF'),
    number(options.version ?? 3),
    long(1n),
    long(options.entries ?? BigInt(values.length)),
    ...values.flatMap(([key, value]) => [plain(key), value]),
    // One tensor of 32 times 64 numbers in 16 bits, at the start of the data.
    plain('output.weight'),
    number(2),
    long(32n),
    long(64n),
    number(options.type ?? 1),
    long(0n),
  ]);
  const padding = (32 - (head.length % 32)) % 32;
  return Buffer.concat([head, Buffer.alloc(padding + 32 * 64 * 2)]);
}

const number = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const long = (value: bigint) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
};
const plain = (value: string) => Buffer.concat([long(BigInt(Buffer.byteLength(value))), Buffer.from(value)]);
const text = (value: string) => Buffer.concat([number(8), plain(value)]);
const u32 = (value: number) => Buffer.concat([number(4), number(value)]);
const list = (type: number, items: readonly Buffer[]) =>
  Buffer.concat([number(9), number(type), long(BigInt(items.length)), ...items]);
