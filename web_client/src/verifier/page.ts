/** The page: a folder or a proof goes in, sentences come out. No framework, so that the file stays small enough to be read. */

import './page.css';
import { dropped, picked } from './choice';
import { inShort, isoTime, type Language, type Report, type SealSummary, sentence, verdict } from './findings';
import { verifyFolder } from './folder';
import { trustedIds } from './keys';
import { verifyProof } from './proof';
import type { Trust } from './sealFile';
import type { Folder } from './storedFiles';
import { type Word, word } from './words';

type Chosen = { folder: Folder; name: string } | { proof: File };
type Outcome = Report | 'running' | 'key unreadable';

const page = document.querySelector<HTMLElement>('#page')!;
let language: Language = navigator.language.startsWith('zh') ? 'zh-CN' : 'en';
let chosen: Chosen | null = null;
let outcome: Outcome = 'running';
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

/** Elements whose words follow the language. */
const worded: [HTMLElement, Word][] = [];

function said<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  name: Word,
  fields: Partial<Omit<HTMLElementTagNameMap[Tag], 'children'>> = {},
): HTMLElementTagNameMap[Tag] {
  const made = make(tag, fields);
  worded.push([made, name]);
  return made;
}

const folderInput = make('input', { type: 'file', id: 'folder', webkitdirectory: true });
const proofInput = make('input', { type: 'file', id: 'proof', accept: '.json' });
const keyInput = make('textarea', { id: 'key', rows: 3, spellcheck: false });
keyInput.setAttribute('aria-describedby', 'key-hint');
const authorityInput = make('input', { type: 'file', id: 'authority', accept: '.pem,.crt,.cer' });
const whatIsChosen = make('p', { className: 'chosen' });
const authorityChosen = make('p', { className: 'chosen' });
const bar = make('progress', { id: 'progress', max: 1, hidden: true });
const verdictLine = make('p', { id: 'verdict' });
verdictLine.setAttribute('role', 'status');
const seals = make('div', { id: 'seals' });
const findings = make('ul', { id: 'findings' });
const notices = make('ul', { id: 'notices' });
const whole = make('pre', { id: 'report', tabIndex: 0 });

const choice = make(
  'section',
  { id: 'choice' },
  said('h2', 'what'),
  make('div', { className: 'buttons' }, folderInput, said('label', 'folder', { htmlFor: 'folder', className: 'primary' }), proofInput, said('label', 'proof', { htmlFor: 'proof' })),
  said('p', 'webkitdirectory' in folderInput ? 'drop' : 'no_folders', { className: 'hint' }),
  whatIsChosen,
);
const trust = make(
  'section',
  { id: 'trust' },
  said('h2', 'trust'),
  said('label', 'key', { htmlFor: 'key', className: 'plain' }),
  said('p', 'key_hint', { id: 'key-hint', className: 'hint' }),
  keyInput,
  make('div', { className: 'buttons' }, authorityInput, said('label', 'authority', { htmlFor: 'authority' })),
  authorityChosen,
);
const result = make(
  'section',
  { id: 'result', hidden: true },
  verdictLine,
  bar,
  seals,
  make('div', {}, said('h2', 'findings'), findings),
  make('div', {}, said('h2', 'notices'), notices),
  make('div', { className: 'buttons' }, said('button', 'again', { type: 'button', id: 'again', onclick: () => void verify() })),
  make('details', {}, said('summary', 'report'), whole),
);
const header = make('header', {}, said('h1', 'title'), said('button', 'other', { type: 'button', id: 'language', onclick: changeLanguage }));
page.append(header, said('p', 'intro'), choice, trust, result);

folderInput.addEventListener('change', () => {
  const files = [...(folderInput.files ?? [])];
  if (files.length > 0) take({ folder: picked(files), name: files[0]!.webkitRelativePath.split('/')[0] ?? '' });
});
proofInput.addEventListener('change', () => {
  const file = proofInput.files?.[0];
  if (file !== undefined) take({ proof: file });
});
for (const input of [keyInput, authorityInput]) input.addEventListener('change', () => void verify());
document.addEventListener('dragover', (event) => {
  event.preventDefault();
  choice.classList.add('over');
});
document.addEventListener('dragleave', () => choice.classList.remove('over'));
document.addEventListener('drop', (event) => {
  event.preventDefault();
  choice.classList.remove('over');
  const items = [...(event.dataTransfer?.items ?? [])].flatMap((item) => item.webkitGetAsEntry() ?? []);
  void dropped(items).then((got) => take('proof' in got ? got : { ...got, name: items[0]?.name ?? '' }));
});

function take(what: Chosen): void {
  chosen = what;
  void verify();
}

/** Again too when what is trusted becomes another: no verdict stands beside a key that it was not made with. */
async function verify(): Promise<void> {
  show();
  if (chosen === null) return;
  const own = (run += 1);
  result.hidden = false;
  outcome = 'running';
  bar.value = 0;
  show();
  const found = await checked(chosen, (part) => {
    if (own !== run) return;
    bar.value = part;
    verdictLine.textContent = verdictText();
  });
  if (own !== run) return;
  outcome = found;
  show();
}

async function checked(what: Chosen, progress: (part: number) => void): Promise<Outcome> {
  const keys = trustedIds(keyInput.value);
  if (keyInput.value.trim() !== '' && keys.length === 0) return 'key unreadable';
  const given: Trust = { keys, authority: (await authorityInput.files?.[0]?.text()) ?? null };
  return 'folder' in what ? verifyFolder(what.folder, given, progress) : verifyProof(what.proof, given);
}

function show(): void {
  document.documentElement.lang = language;
  document.title = word('title', language);
  for (const [element, name] of worded) element.textContent = word(name, language);
  whatIsChosen.textContent = chosenText();
  authorityChosen.textContent = authorityInput.files?.[0] === undefined ? '' : word('chosen', language, { name: authorityInput.files[0].name });
  const report = typeof outcome === 'string' ? null : outcome;
  const lines = (texts: string[]): Node[] => texts.map((text) => make('li', { textContent: text }));
  findings.replaceChildren(...lines(inShort(report?.findings ?? []).map((finding) => sentence(finding, language))));
  notices.replaceChildren(...lines((report?.notices ?? []).map((notice) => sentence(notice, language))));
  seals.replaceChildren(...(report?.seals ?? []).slice(-1).flatMap(sealList));
  findings.parentElement!.hidden = (report?.findings.length ?? 0) === 0;
  notices.parentElement!.hidden = (report?.notices.length ?? 0) === 0;
  whole.textContent = report === null ? '' : JSON.stringify(report.asObject(), null, 1);
  whole.parentElement!.hidden = report === null;
  bar.hidden = outcome !== 'running';
  verdictLine.className = report === null ? '' : mood(report);
  verdictLine.textContent = verdictText();
}

function mood(report: Report): string {
  if (report.findings.length > 0) return 'bad';
  return report.notices.some((notice) => notice.code === 'key_trusted') ? 'good' : 'open';
}

function verdictText(): string {
  if (outcome === 'running') return word('running', language, { percent: Math.floor(bar.value * 100) });
  if (outcome === 'key unreadable') return word('key_unreadable', language);
  return verdict(outcome, language);
}

function chosenText(): string {
  if (chosen === null) return '';
  if ('proof' in chosen) return word('chosen', language, { name: chosen.proof.name });
  return word('chosen_files', language, { name: chosen.name, count: chosen.folder.size });
}

/** What the newest seal says of itself, once its signature holds. */
function sealList(seal: SealSummary): Node[] {
  if (seal.court === undefined) return [];
  const rows: [Word, string][] = [
    ['court', seal.court],
    ['case_number', seal.case_number ?? ''],
    ['sealed_at', isoTime(seal.sealed_at_ms ?? 0).replace('T', ' ').replace('Z', ' UTC')],
    ['root', seal.root?.match(/.{1,8}/g)?.join(' ') ?? ''],
  ];
  const terms = rows.flatMap(([name, text]) => [make('dt', { textContent: word(name, language) }), make('dd', { textContent: text })]);
  return [make('dl', {}, ...terms)];
}

function changeLanguage(): void {
  language = language === 'en' ? 'zh-CN' : 'en';
  show();
}

show();
