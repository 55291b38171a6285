import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAst } from 'vitest/node';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** What the architecture test asks of one file; read from its syntax tree, so that comments and strings do not count. */
export interface Source {
  /** Relative to the repository, with slashes. */
  readonly path: string;
  readonly lines: number;
  readonly imports: readonly Import[];
  /** Names that the file refers to as values and does not bind itself: globals (`fetch`, `globalThis.fetch`). */
  readonly names: ReadonlySet<string>;
  readonly types: readonly string[];
  readonly exportsDefault: boolean;
  /** Relative modules that it exports again. */
  readonly reexports: readonly string[];
}

export interface Import {
  /** As written; `undefined` for a dynamic import of something computed. */
  readonly specifier: string | undefined;
  readonly typeOnly: boolean;
  /** The file, for a relative one. */
  readonly file: string | undefined;
}

interface Node {
  readonly type: string;
  readonly [key: string]: unknown;
}

export function sourceFiles(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .toSorted();
}

export function readText(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

export function readSource(path: string, text = readText(path)): Source {
  const imports: Import[] = [];
  const names = new Set<string>();
  const types: string[] = [];
  const reexports: string[] = [];
  let exportsDefault = false;
  const add = (specifier: unknown, typeOnly: boolean) => {
    if (typeof specifier !== 'string') imports.push({ specifier: undefined, typeOnly, file: undefined });
    else imports.push({ specifier, typeOnly, file: fileOf(path, specifier) });
  };
  const scopes: ReadonlySet<string>[] = [];
  const visit = (node: Node, parent: Node | undefined, key: string): void => {
    scopes.push(new Set(bindings(node)));
    enter(node, parent, key);
    scopes.pop();
  };
  const enter = (node: Node, parent: Node | undefined, key: string): void => {
    switch (node.type) {
      case 'ImportDeclaration':
        add(valueOf(node['source']), node['importKind'] === 'type' || onlyTypes(node['specifiers']));
        return;
      case 'ExportDefaultDeclaration':
        exportsDefault = true;
        break;
      case 'ExportAllDeclaration':
      case 'ExportNamedDeclaration': {
        const source = valueOf(node['source']);
        if (typeof source === 'string') {
          add(source, node['exportKind'] === 'type');
          if (source.startsWith('.')) reexports.push(source);
        }
        if (exportedNames(node).includes('default')) exportsDefault = true;
        break;
      }
      case 'ImportExpression':
        add(valueOf(node['source']), false);
        break;
      case 'TSInterfaceDeclaration':
      case 'TSTypeAliasDeclaration':
      case 'ClassDeclaration':
        types.push(String(nodeAt(node, 'id')?.['name']));
        break;
      case 'Identifier':
        if (isReference(parent, key) && !scopes.some((scope) => scope.has(String(node['name'])))) {
          names.add(String(node['name']));
        }
        break;
      case 'MemberExpression': {
        const property = nodeAt(node, 'property');
        const name = node['computed'] === true ? valueOf(property) : property?.['name'];
        if (isGlobalObject(nodeAt(node, 'object')) && typeof name === 'string') names.add(name);
        break;
      }
      default:
        if (isTypeOnly(node.type)) {
          // Types name nothing at run time; but they may import.
          visitTypes(node);
          return;
        }
    }
    for (const child of children(node)) visit(child.node, node, child.key);
  };
  const visitTypes = (node: Node): void => {
    if (node.type === 'TSImportType') add(valueOf(node['source']) ?? valueOf(node['argument']), true);
    if (node.type === 'TSExternalModuleReference') add(valueOf(node['expression']), false);
    for (const child of children(node)) visitTypes(child.node);
  };
  const tree: unknown = parseAst(text, { lang: /\.m?js$/.test(path) ? 'js' : 'ts' });
  for (const program of nodesIn(tree)) visit(program, undefined, '');
  return { path, lines: text.split('\n').length - 1, imports, names, types, exportsDefault, reexports };
}

/** The names that a node binds for everything below it. */
function bindings(node: Node): string[] {
  const declared = nodesIn(node['body']).flatMap((statement) => {
    const inner = nodeAt(statement, 'declaration') ?? statement;
    if (inner.type === 'VariableDeclaration')
      return nodesIn(inner['declarations']).flatMap((each) => bound(each['id']));
    if (inner.type === 'ImportDeclaration') return nodesIn(inner['specifiers']).flatMap((each) => bound(each['local']));
    return /^(Function|Class)Declaration$/.test(inner.type) ? bound(inner['id']) : [];
  });
  const loop = nodesIn(node['init'] ?? node['left']).filter(({ type }) => type === 'VariableDeclaration');
  return [
    ...(/^(Program|BlockStatement|StaticBlock|FunctionBody)$/.test(node.type) ? declared : []),
    ...(/Function/.test(node.type) ? [...nodesIn(node['params']).flatMap(bound), ...bound(node['id'])] : []),
    ...(node.type.startsWith('For')
      ? loop.flatMap((each) => nodesIn(each['declarations']).flatMap((one) => bound(one['id'])))
      : []),
    ...(node.type === 'CatchClause' ? bound(node['param']) : []),
  ];
}

/** The names in a pattern. */
function bound(pattern: unknown): string[] {
  if (!isNode(pattern)) return [];
  if (pattern.type === 'Identifier') return [String(pattern['name'])];
  const parts = ['properties', 'elements', 'value', 'left', 'argument', 'parameter', 'items', 'rest'];
  return parts.flatMap((part) => nodesIn(pattern[part]).flatMap(bound));
}

function children(node: Node): { node: Node; key: string }[] {
  return Object.entries(node).flatMap(([key, value]) => nodesIn(value).map((child) => ({ node: child, key })));
}

/** The nodes of a property: none, one, or a list with gaps. */
function nodesIn(value: unknown): Node[] {
  const values: unknown[] = Array.isArray(value) ? value : [value];
  return values.filter(isNode);
}

function nodeAt(node: Node, key: string): Node | undefined {
  return nodesIn(node[key])[0];
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

function valueOf(node: unknown): unknown {
  if (!isNode(node)) return undefined;
  if (node.type === 'TSLiteralType') return valueOf(node['literal']);
  const [quasi, ...others] = nodesIn(node['quasis']);
  if (node.type === 'TemplateLiteral' && quasi && others.length === 0) {
    const value = quasi['value'];
    return typeof value === 'object' && value !== null && 'cooked' in value ? value.cooked : undefined;
  }
  return node.type === 'Literal' ? node['value'] : undefined;
}

function onlyTypes(specifiers: unknown): boolean {
  const all = nodesIn(specifiers);
  return all.length > 0 && all.every((each) => each['importKind'] === 'type');
}

function exportedNames(node: Node): unknown[] {
  return nodesIn(node['specifiers']).map((each) => nodeAt(each, 'exported')?.['name']);
}

/** Whether an identifier stands for a value, and not for the name of a property. */
function isReference(parent: Node | undefined, key: string): boolean {
  if (!parent) return false;
  const named = parent['computed'] !== true;
  if (parent.type === 'MemberExpression' && key === 'property') return !named;
  const keyed = ['Property', 'MethodDefinition', 'PropertyDefinition', 'AccessorProperty'].includes(parent.type);
  if (keyed && key === 'key') return !named || parent['shorthand'] === true;
  return !['ImportSpecifier', 'ExportSpecifier', 'LabeledStatement', 'MetaProperty'].includes(parent.type);
}

function isGlobalObject(node: Node | undefined): boolean {
  return node?.type === 'Identifier' && ['globalThis', 'global', 'window', 'self'].includes(String(node['name']));
}

/** Nodes of types; those that wrap an expression (`as`, `satisfies`) are not. */
function isTypeOnly(type: string): boolean {
  const wrappers = ['TSAsExpression', 'TSSatisfiesExpression', 'TSNonNullExpression', 'TSTypeAssertion'];
  const code = [
    'TSParameterProperty',
    'TSEnumDeclaration',
    'TSModuleDeclaration',
    'TSModuleBlock',
    'TSExportAssignment',
  ];
  return type.startsWith('TS') && ![...wrappers, ...code, 'TSInstantiationExpression'].includes(type);
}

function fileOf(from: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  const found = relative(ROOT, resolve(ROOT, dirname(from), specifier)).replaceAll('\\', '/');
  return existsSync(join(ROOT, found)) ? found : `${found} (missing)`;
}
