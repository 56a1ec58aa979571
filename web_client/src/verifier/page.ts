/** The page: a folder or a proof goes in, sentences come out. No framework, so that the file stays small enough to be read. */

import './page.css';
import { dropped, picked } from './choice';
import { inShort, type Language, type Report, sentence, summary } from './findings';
import { verifyFolder } from './folder';
import { trustedIds } from './keys';
import { verifyProof } from './proof';
import type { Trust } from './sealFile';
import type { Folder } from './storedFiles';
import { type Word, word } from './words';

type Chosen = { folder: Folder } | { proof: File };

const page = document.querySelector<HTMLElement>('#page')!;
let language: Language = navigator.language.startsWith('zh') ? 'zh-CN' : 'en';
let chosen: Chosen | null = null;
let report: Report | null = null;
/** Of the run that may write; an older one that is overtaken falls silent. */
let run = 0;

function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  fields: Partial<Omit<HTMLElementTagNameMap[Tag], 'children'>>,
  ...inside: Node[]
): HTMLElementTagNameMap[Tag] {
  const made = Object.assign(document.createElement(tag), fields);
  made.append(...inside);
  return made;
}

const folderInput = make('input', { type: 'file', id: 'folder', webkitdirectory: true });
const proofInput = make('input', { type: 'file', id: 'proof', accept: '.json' });
const keyInput = make('textarea', { id: 'key', rows: 2, spellcheck: false });
const authorityInput = make('input', { type: 'file', id: 'authority', accept: '.pem,.crt,.cer' });
const againButton = make('button', { type: 'button', id: 'again', onclick: () => void verify() });
const otherButton = make('button', { type: 'button', id: 'language', onclick: changeLanguage });
const bar = make('progress', { id: 'progress', max: 1, hidden: true });
const verdict = make('p', { id: 'verdict' });
verdict.setAttribute('role', 'status');
const findings = make('ul', { id: 'findings' });
const notices = make('ul', { id: 'notices' });
const whole = make('pre', { id: 'report', tabIndex: 0 });

/** Elements whose words follow the language. */
const worded: [HTMLElement, Word][] = [[againButton, 'again'], [otherButton, 'other']];

function said<Tag extends keyof HTMLElementTagNameMap>(tag: Tag, name: Word, htmlFor?: string): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  if (htmlFor !== undefined) made.setAttribute('for', htmlFor);
  worded.push([made, name]);
  return made;
}

const choice = make(
  'section',
  { id: 'choice' },
  said('label', 'folder', 'folder'),
  folderInput,
  said('label', 'proof', 'proof'),
  proofInput,
  said('label', 'key', 'key'),
  keyInput,
  said('label', 'authority', 'authority'),
  authorityInput,
);
const result = make(
  'section',
  { id: 'result', hidden: true },
  bar,
  verdict,
  make('div', { id: 'findings-part' }, said('h2', 'findings'), findings),
  make('div', { id: 'notices-part' }, said('h2', 'notices'), notices),
  againButton,
  make('details', {}, said('summary', 'report'), whole),
);
page.append(make('header', {}, said('h1', 'title'), otherButton), said('p', 'intro'), choice, result);

folderInput.addEventListener('change', () => take({ folder: picked([...(folderInput.files ?? [])]) }));
proofInput.addEventListener('change', () => {
  const file = proofInput.files?.[0];
  if (file !== undefined) take({ proof: file });
});
document.addEventListener('dragover', (event) => {
  event.preventDefault();
  choice.classList.add('over');
});
document.addEventListener('dragleave', () => choice.classList.remove('over'));
document.addEventListener('drop', (event) => {
  event.preventDefault();
  choice.classList.remove('over');
  const items = [...(event.dataTransfer?.items ?? [])].flatMap((item) => item.webkitGetAsEntry() ?? []);
  void dropped(items).then((got) => take(got));
});

function take(what: Chosen): void {
  chosen = what;
  void verify();
}

async function verify(): Promise<void> {
  if (chosen === null) return;
  const own = (run += 1);
  result.hidden = false;
  report = null;
  bar.hidden = false;
  bar.value = 0;
  show();
  const found = await checked(chosen, (part) => {
    if (own === run) bar.value = part;
  });
  if (own !== run) return;
  bar.hidden = true;
  report = found;
  show();
}

async function checked(what: Chosen, progress: (part: number) => void): Promise<Report | null> {
  const keys = trustedIds(keyInput.value);
  if (keyInput.value.trim() !== '' && keys.length === 0) return null;
  const trust: Trust = { keys, authority: (await authorityInput.files?.[0]?.text()) ?? null };
  return 'folder' in what ? verifyFolder(what.folder, trust, progress) : verifyProof(what.proof, trust);
}

function show(): void {
  document.documentElement.lang = language;
  document.title = word('title', language);
  for (const [element, name] of worded) element.textContent = word(name, language);
  const lines = (texts: string[]): Node[] => texts.map((text) => make('li', { textContent: text }));
  findings.replaceChildren(...lines(inShort(report?.findings ?? []).map((finding) => sentence(finding, language))));
  notices.replaceChildren(...lines((report?.notices ?? []).map((notice) => sentence(notice, language))));
  findings.parentElement!.hidden = (report?.findings.length ?? 0) === 0;
  notices.parentElement!.hidden = (report?.notices.length ?? 0) === 0;
  whole.textContent = report === null ? '' : JSON.stringify(report.asObject(), null, 1);
  whole.parentElement!.hidden = report === null;
  verdict.className = report === null || (report.findings.length === 0 && report.files === 0) ? '' : report.findings.length > 0 ? 'bad' : 'good';
  verdict.textContent = verdictText();
}

function verdictText(): string {
  if (report === null) return word(bar.hidden ? 'key_unreadable' : 'running', language);
  if (report.findings.length > 0) return summary('broken', language, { count: report.findings.length });
  if (report.lines > 0) return summary('whole', language, { files: report.files, lines: report.lines });
  return '';
}

function changeLanguage(): void {
  language = language === 'en' ? 'zh-CN' : 'en';
  show();
}

show();
