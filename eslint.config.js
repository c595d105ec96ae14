import js from '@eslint/js';
import boundaries from 'eslint-plugin-boundaries';
import tseslint from 'typescript-eslint';

/** Who may import whom: a layer, and the layers it may reach. Leaves may be imported by everyone. */
const layers = {
  errors: { pattern: 'src/errors.ts', mode: 'file', allow: [] },
  util: { pattern: 'src/util', allow: [] },
  memory: { pattern: 'src/native.ts', mode: 'file', allow: [] },
  types: { pattern: 'src/types', allow: [] },
  fabric: { pattern: 'src/fabric', allow: ['memory', 'types'] },
  storage: { pattern: 'src/storage', allow: [] },
  meta: { pattern: 'src/meta', allow: ['storage'] },
  pager: { pattern: 'src/pager', allow: ['fabric', 'storage'] },
  namespace: { pattern: 'src/namespace', allow: ['fabric', 'meta'] },
  resp: { pattern: 'src/resp', allow: [] },
  cluster: { pattern: 'src/cluster', allow: ['resp', 'fabric', 'meta'] },
  commands: { pattern: 'src/commands', allow: ['resp', 'types', 'fabric', 'cluster', 'meta', 'pager', 'namespace'] },
  server: { pattern: 'src/server', allow: ['resp', 'commands', 'memory'] },
  client: { pattern: 'src/client', allow: ['resp', 'types', 'memory'] },
  demo: { pattern: 'src/demo', allow: ['client', 'types', 'cluster'] },
  cli: { pattern: 'src/cli', allow: ['client', 'meta', 'storage', 'main'] },
  main: {
    pattern: 'src/main.ts',
    mode: 'file',
    allow: ['memory', 'fabric', 'cluster', 'commands', 'server', 'resp', 'types'],
  },
};
const leaves = ['errors', 'util'];

export default tseslint.config(
  { ignores: ['dist/', 'dist-test/', 'build/', 'build-native-test/', 'clients/python/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: { project: ['./tsconfig.json', './test/tsconfig.json'], tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: { '@typescript-eslint/no-unsafe-assignment': 'off', '@typescript-eslint/no-unsafe-member-access': 'off' },
  },
  {
    files: ['**/*.mjs', '**/*.js'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly', Buffer: 'readonly' } },
  },
  {
    files: ['src/**/*.ts'],
    plugins: { boundaries },
    settings: {
      'boundaries/elements': Object.entries(layers).map(([type, { pattern, mode }]) => ({
        type,
        pattern,
        mode: mode ?? 'folder',
      })),
      'import/resolver': { typescript: { alwaysTryTypes: true } },
    },
    rules: {
      'boundaries/element-types': [
        'error',
        {
          default: 'disallow',
          message: '${file.type} may not import ${dependency.type}: see docs/architecture.md, layers',
          rules: Object.entries(layers).map(([from, { allow }]) => ({ from, allow: [from, ...leaves, ...allow] })),
        },
      ],
    },
  },
);
