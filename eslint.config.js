import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/**
 * Who may import whom: a layer's files, and the layers it may reach. Leaves (errors, util) and the layer itself are open to
 * every layer.
 */
const layers = {
  memory: {
    files: ['src/native.ts', 'src/native-net.ts', 'src/native-store.ts', 'src/native-yellow-pages.ts', 'src/layout.ts'],
    allow: [],
  },
  types: { files: ['src/types/**'], allow: [] },
  fabric: { files: ['src/fabric/**'], allow: ['memory', 'types'] },
  storage: { files: ['src/storage/**'], allow: [] },
  meta: { files: ['src/meta/**'], allow: ['storage'] },
  pager: { files: ['src/pager/**'], allow: ['fabric', 'storage'] },
  namespace: { files: ['src/namespace/**'], allow: ['fabric', 'meta'] },
  resp: { files: ['src/resp/**'], allow: [] },
  cluster: { files: ['src/cluster/**'], allow: ['memory', 'resp', 'fabric', 'meta'] },
  commands: {
    files: ['src/commands/**'],
    allow: ['resp', 'types', 'fabric', 'cluster', 'meta', 'pager', 'namespace'],
  },
  server: { files: ['src/server/**'], allow: ['resp', 'commands', 'memory'] },
  client: { files: ['src/client/**'], allow: ['resp', 'types', 'memory'] },
  main: {
    files: ['src/main.ts', 'src/stores.ts'],
    allow: ['memory', 'types', 'fabric', 'storage', 'meta', 'resp', 'cluster', 'commands', 'server'],
  },
  cli: { files: ['src/cli/**'], allow: ['client', 'meta', 'storage', 'main'] },
  demo: { files: ['src/demo/**'], allow: ['client', 'types', 'main'] },
  leaves: { files: ['src/errors.ts', 'src/util/**'], allow: [] },
};

/** Matches import specifiers that lead into a layer from a folder of src/, or from src/ itself. */
function specifierPattern({ files }, fromRoot) {
  const targets = files.map((file) => file.replace('src/', '').replace('**', '').replace('.ts', '\\.js$'));
  return `^${fromRoot ? '\\./' : '(\\.\\./)+'}(${targets.join('|')})`;
}

const layerRules = Object.entries(layers).map(([name, { files, allow }]) => ({
  files,
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: Object.entries(layers)
          .filter(([other]) => ![name, 'leaves', ...allow].includes(other))
          .map(([other, layer]) => ({
            regex: specifierPattern(layer, name === 'main'),
            message: `${name} may not import ${other}: see the layers in docs/architecture.md`,
          })),
      },
    ],
  },
}));

export default tseslint.config(
  {
    ignores: [
      'dist/',
      'dist-test/',
      'build/',
      'build-tools/',
      'build-nodes/',
      'build-crash/',
      'build-native-test/',
      'clients/python/',
    ],
  },
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
  ...layerRules,
);
