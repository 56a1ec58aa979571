/** What the page itself says. Findings have their own wording, shared with `verify.py`. */

import type { Language } from './findings';

const WORDS = {
  title: ['庭审记录校验', 'Verify a hearing'],
  intro: [
    '选择庭审文件夹（里面有 seal.json），或者一份证明文件。全部计算都在这台电脑上进行，不会上传任何内容，断网也可以用。',
    'Choose the folder of a hearing (with seal.json in it), or a proof file. Everything is computed on this computer; nothing is uploaded, and no network is needed.',
  ],
  folder: ['庭审文件夹（也可以拖到这里）', 'Folder of the hearing (or drop it here)'],
  proof: ['证明文件（proof.json）', 'Proof file (proof.json)'],
  key: ['法院公布的密钥编号或公钥（可以不填）', "The court's key id or public key, as it publishes it (optional)"],
  authority: ['时间戳机构的证书，PEM 文件（可以不选）', 'Certificates of the time stamp authority, a PEM file (optional)'],
  key_unreadable: ['没有看懂填写的密钥，请检查。', 'The key could not be read; please check it.'],
  again: ['重新校验', 'Verify again'],
  running: ['正在校验…', 'Verifying…'],
  findings: ['发现的问题', 'Findings'],
  notices: ['说明', 'Notes'],
  report: ['完整结果（JSON）', 'Whole result (JSON)'],
  other: ['English', '中文'],
} as const;

export type Word = keyof typeof WORDS;

export const word = (name: Word, language: Language): string => WORDS[name][language === 'en' ? 1 : 0];
