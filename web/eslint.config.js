import js from '@eslint/js';
import hooks from 'eslint-plugin-react-hooks';
import { defineConfig, globalIgnores } from 'eslint/config';
import typescript from 'typescript-eslint';

export default defineConfig(
  globalIgnores(['**/node_modules/', '**/dist/']),
  js.configs.recommended,
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.{ts,tsx}'],
    extends: [typescript.configs.recommendedTypeChecked, hooks.configs.flat.recommended],
    languageOptions: { parserOptions: { projectService: true } },
    rules: { 'max-lines': ['error', 300], 'max-lines-per-function': ['error', 60], complexity: ['error', 12] },
  },
  {
    files: ['**/*.test.ts'],
    rules: { 'max-lines-per-function': 'off', '@typescript-eslint/require-await': 'off' }, // what stands in for the world is async by contract
  },
  {
    files: ['**/*.{js,mjs}'],
    languageOptions: {
      globals: names('process', 'console', 'fetch', 'URL', 'setTimeout', 'clearTimeout', 'Buffer', 'File', 'document', 'sessionStorage', 'localStorage'),
    },
  },
);

/** The globals that scripts under Node, and the functions that the browser test sends into a page, may use. */
function names(...globals) {
  return Object.fromEntries(globals.map((name) => [name, 'readonly']));
}
