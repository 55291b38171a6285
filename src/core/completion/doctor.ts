import { type AppError, type Refusal, isRefusal } from '../outcome.ts';
import type { Model } from '../model.ts';
import { explain } from '../wording.ts';
import { type Check, type Remedy, formCheck, holeCheck, lengthCheck, longHole, saidOf } from './checks.ts';
import { PROFILES } from './profileData.ts';
import { type Exchange, KNOWN_HOLE, type KnownHole, ask, doesFill, judge } from './probe.ts';
import { type Profile, plainName } from './profiles.ts';
import type { Send } from './run.ts';

/** Who is examined. */
export interface Patient {
  readonly model: Model;
  readonly profile: Profile | 'holeFilling';
  /** Largest prompt that completion sends, in tokens. */
  readonly contextTokens: number;
}

export interface Diagnosis {
  /** Whether completions with this model can be any good as things are. */
  readonly healthy: boolean;
  readonly headline: string;
  readonly checks: readonly Check[];
  /** The most helpful first. */
  readonly remedies: readonly Remedy[];
  readonly exchanges: readonly Exchange[];
}

export interface ExamineParts {
  readonly send: Send;
  /** What is going on, for people. */
  readonly onStep?: (step: string) => void;
}

/**
 * Sends known holes to a model, says what is wrong, and what would help. Rejects only with the signal's reason; a refusal of
 * the policy comes back as a value.
 */
export async function examine(
  { model, profile, contextTokens }: Patient,
  { send, onStep = () => {} }: ExamineParts,
  signal: AbortSignal,
): Promise<Diagnosis | Refusal> {
  const checks: Check[] = [];
  const remedies: Remedy[] = [];
  const exchanges: Exchange[] = [];
  const match = plainName(model.name);
  const name = match;
  const put = async (by: Profile | 'holeFilling', hole: KnownHole = KNOWN_HOLE) => {
    const exchange = await ask(model, by, send, signal, hole);
    if (!isRefusal(exchange)) exchanges.push(exchange);
    return exchange;
  };
  const diagnosis = (healthy: boolean, headline: string): Diagnosis => {
    return { healthy, headline, checks, remedies, exchanges };
  };
  const failed = (error: AppError): Diagnosis => {
    const { text, mend } = explain(error);
    checks.push({ outcome: 'bad', title: 'The server refused', text });
    if (mend && mend.command !== 'switchyard.pickModel') remedies.push({ kind: 'mend', mend });
    remedies.push({ kind: 'switchModel' });
    return diagnosis(false, `${name} could not be asked.`);
  };

  checks.push(formCheck(model, profile));
  if (model.endpoint.protocol === 'openai' && model.abilities.insert === false && !isVendor(model)) {
    checks.push({
      outcome: 'bad',
      title: 'The server is not raw',
      text: 'An Ollama answers there, and by OpenAI’s protocol it makes a chat of every prompt. Reach it by its own protocol.',
    });
    remedies.push({ kind: 'otherProtocol' });
  }

  if (profile !== 'holeFilling') {
    onStep('Sending a short hole');
    const short = await put(profile);
    if (isRefusal(short)) return short;
    if (short.error && !isAboutHoles(short.error)) return failed(short.error);
    const finding = short.error ? undefined : judge(short);
    checks.push(holeCheck(short, finding));
    if (finding !== undefined && doesFill(finding)) {
      onStep('Sending a long prompt');
      const long = await put(profile, longHole(contextTokens));
      if (isRefusal(long)) return long;
      const { check, remedy } = lengthCheck(model, long, contextTokens);
      checks.push(check);
      if (!remedy) return diagnosis(true, `${name} fills in the middle.`);
      remedies.push(remedy);
      return diagnosis(false, `${name} fills in the middle, but not with prompts of this length.`);
    }
  }

  if (takesRaw(model)) {
    for (const other of others(model, profile)) {
      onStep(`Trying the form of ${other.id}`);
      const exchange = await put(other);
      if (isRefusal(exchange)) return exchange;
      if (exchange.error && !isAboutHoles(exchange.error)) return failed(exchange.error);
      if (exchange.error || !doesFill(judge(exchange))) continue;
      checks.push({
        outcome: 'good',
        title: 'Another form works',
        text: `Asked in the form of ${other.id}, it fills the hole.`,
      });
      remedies.push({ kind: 'useProfile', match, use: other.id }, { kind: 'switchModel' });
      return diagnosis(false, `${name} wants another form of prompts.`);
    }
    checks.push({
      outcome: 'note',
      title: 'No other form works',
      text: 'The forms of the other families were tried too.',
    });
  }

  const byChat = model.abilities.chat ? await chatCheck() : undefined;
  if (byChat && isRefusal(byChat)) return byChat;
  if (byChat) {
    checks.push(byChat.check);
    if (byChat.good && profile !== 'holeFilling') remedies.push({ kind: 'useProfile', match, use: 'holeFilling' });
  }
  remedies.push({ kind: 'switchModel' });
  if (takesRaw(model)) remedies.push({ kind: 'ownProfile' });
  if (byChat?.good !== true) return diagnosis(false, `${name} does not fill in the middle.`);
  return profile === 'holeFilling'
    ? diagnosis(true, `${name} was not trained to fill in the middle, and does so by chat.`)
    : diagnosis(false, `${name} does not fill in the middle, but by chat it does.`);

  async function chatCheck(): Promise<{ readonly check: Check; readonly good: boolean } | Refusal> {
    onStep('Asking by chat');
    const exchange = await put('holeFilling');
    if (isRefusal(exchange)) return exchange;
    const finding = exchange.error ? undefined : judge(exchange);
    const good = finding !== undefined && doesFill(finding);
    const text = good
      ? 'Asked as a chat for the text at the cursor, it gives the right one. That is slower than filling in the middle.'
      : `Asked as a chat for the text at the cursor, it does not give the right one: ${saidOf(exchange)}`;
    return { check: { outcome: good ? 'good' : 'bad', title: 'By chat', text }, good };
  }
}

/** Families with a frame of their own, the likely ones first, each frame once. */
function others(model: Model, profile: Profile | 'holeFilling'): readonly Profile[] {
  const seen = new Set(profile === 'holeFilling' ? [] : [profile.frame.join()]);
  const family = model.family?.toLowerCase() ?? plainName(model.name);
  const likely = (candidate: Profile) =>
    candidate.id.split('-').some((word) => word.length > 3 && family.startsWith(word)) ? 0 : 1;
  return PROFILES.toSorted((a, b) => likely(a) - likely(b)).filter(({ frame }) => {
    const key = frame.join();
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew;
  });
}

/** Whether the server can take a prompt as it is. */
function takesRaw({ endpoint, abilities }: Model): boolean {
  switch (endpoint.protocol) {
    case 'ollama':
    case 'llamacpp':
    case 'builtin':
      return true;
    case 'openai':
      return abilities.insert !== false;
    case 'mistral':
    case 'deepseek':
    case 'anthropic':
    case 'gemini':
      return false;
  }
}

/** OpenAI itself, which has no raw prompts either, but for another reason. */
function isVendor({ endpoint: { url } }: Model): boolean {
  return URL.canParse(url) && new URL(url).hostname === 'api.openai.com';
}

/** A refusal of raw prompts or of holes, and not of everything. */
function isAboutHoles({ kind }: AppError): boolean {
  return kind === 'unsupported';
}
