import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';
import { defineConfig } from 'vite';

/** Script and style go into the page itself: it must work from a folder on a disk, where pages may load nothing. */
function oneFile(): Plugin {
  return {
    name: 'one-file',
    enforce: 'post',
    generateBundle(_, bundle) {
      const page = Object.values(bundle).find((each) => each.fileName.endsWith('.html'));
      if (page?.type !== 'asset') throw new Error('the page was not built');
      let html = String(page.source);
      for (const [name, each] of Object.entries(bundle)) {
        if (each === page) continue;
        const text = each.type === 'chunk' ? each.code : String(each.source);
        const tag = new RegExp(each.type === 'chunk' ? `<script[^>]*${name}[^>]*></script>` : `<link[^>]*${name}[^>]*>`);
        if (!tag.test(html)) throw new Error(`${name} is not in the page`);
        if (each.type !== 'chunk') html = html.replace(tag, () => `<style>${text}</style>`);
        else html = html.replace(tag, '').replace('</body>', () => `<script type="module">${text.split('</script').join('<\\/script')}</script></body>`);
        delete bundle[name];
      }
      page.source = html;
    },
  };
}

export default defineConfig({
  plugins: [oneFile()],
  publicDir: false,
  build: {
    target: ['chrome94', 'safari15', 'firefox93'],
    outDir: fileURLToPath(new URL('../hearing_server/web/dist', import.meta.url)),
    emptyOutDir: false,
    modulePreload: false,
    rollupOptions: { input: fileURLToPath(new URL('verify.html', import.meta.url)) },
  },
});
