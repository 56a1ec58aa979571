/** What the page itself says. Findings have their own wording, shared with `verify.py`. */

import type { Language } from './findings';

const WORDS = {
  title: ['庭审记录校验', 'Verify a hearing'],
  intro: [
    '核对庭审的录音录像、笔录和日志是否与法院封存时一样。全部计算都在这台电脑上进行，不上传任何内容，断网也可以用。',
    'Checks whether recording, transcript and journal of a hearing are what the court sealed. Everything is computed on this computer; nothing is uploaded, and no network is needed.',
  ],
  what: ['要校验的内容', 'What to verify'],
  folder: ['选择庭审文件夹', 'Choose the folder of a hearing'],
  proof: ['选择单项证明', 'Choose a proof of one line'],
  drop: ['也可以把文件夹或 proof.json 拖到这里。', 'Or drop the folder or proof.json here.'],
  no_folders: ['这个浏览器不能选择文件夹，请在电脑上打开本页。', 'This browser cannot choose folders; open the page on a computer.'],
  trust: ['核对依据', 'What to trust'],
  key: ['法院公布的密钥编号或公钥', "The court's key id or public key"],
  key_hint: [
    '请向法院查询，不要从文件夹里抄。不填，只能看出内容与封存是否一致，看不出是谁封存的。',
    'Ask the court for it; do not copy it from the folder. Without it you see whether everything agrees with its seal, not whose seal it is.',
  ],
  authority: ['选择时间戳机构的证书（PEM）', 'Choose the certificates of the time stamp authority (PEM)'],
  chosen: ['已选择 {name}', '{name} is chosen'],
  chosen_files: ['已选择 {name}，共 {count} 个文件', '{name} is chosen, {count} files'],
  key_unreadable: ['没有看懂填写的密钥，请检查。', 'The key could not be read; please check it.'],
  again: ['重新校验', 'Verify again'],
  running: ['正在校验… {percent}%', 'Verifying… {percent}%'],
  case_number: ['案号', 'Case'],
  court: ['法院', 'Court'],
  sealed_at: ['封存时间', 'Sealed at'],
  root: ['根值', 'Root'],
  findings: ['发现的问题', 'Findings'],
  notices: ['说明', 'Notes'],
  report: ['完整结果（JSON）', 'Whole result (JSON)'],
  other: ['English', '中文'],
} as const;

export type Word = keyof typeof WORDS;

export const word = (name: Word, language: Language, values: Record<string, string | number> = {}): string =>
  WORDS[name][language === 'en' ? 1 : 0].replace(/\{(\w+)\}/g, (_, value: string) => String(values[value] ?? ''));
