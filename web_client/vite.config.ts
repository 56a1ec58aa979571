import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import vue from '@vitejs/plugin-vue';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

const outDir = fileURLToPath(new URL('../hearing_server/web/dist', import.meta.url));

/** Writes name.gz beside each text file; aiohttp's static route serves it by itself to browsers that accept it. */
function gzipBeside(folder: string): Plugin {
  return {
    name: 'gzip-beside',
    apply: 'build',
    closeBundle() {
      for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile() || !/\.(html|js|css|svg|webmanifest)$/.test(entry.name)) continue;
        const path = join(entry.parentPath, entry.name);
        writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
      }
    },
  };
}

export default defineConfig({
  plugins: [vue(), gzipBeside(outDir)],
  base: '/',
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  define: {
    __VUE_OPTIONS_API__: 'false',
    __VUE_PROD_DEVTOOLS__: 'false',
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
  },
  build: {
    target: ['chrome87', 'safari14.1', 'firefox91'],
    outDir,
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    // Inlined data: URLs would need a hole in the content security policy.
    assetsInlineLimit: 0,
  },
  test: { environment: 'happy-dom', include: ['tests/**/*.test.ts'] },
});
