"""``README.txt`` of a bag: what is in it and how to check it, in Chinese and English, for somebody who has never seen one."""

TEXT = """\
{court}
{case_number}

庭审资料包
==========

里面有什么
  verify.html      双击用浏览器打开，选择本文件夹，即可校验。不需要安装任何软件，也不需要联网。
  verify.py        同样的校验，用命令行运行：python3 -I verify.py（只需要 Python 3.9 或更新版本）。
  data/recording   庭审记录原件：录音录像分段（tracks）、录制清单、庭审日志、笔录、参加人名单和封存文件（seal.json）。
  data/composite.mp4   合成录像（如果已经合成），便于观看，不是原件。
  data/papers      完整性确认单、录制故障说明（如果已经生成），PDF 格式。
  data/keys        法院封存所用密钥的公开部分；如有时间戳，还有时间戳机构的证书。
  manifest-sha256.txt 等   资料包清单（BagIt 格式，RFC 8493），列出每个文件的校验值。

怎样校验
  1. 把压缩包完整解压到一个文件夹。
  2. 打开 verify.html，或者在文件夹里运行：python3 -I verify.py --key {key}
     如有时间戳，再加上 --authority 和时间戳机构公布的证书文件（PEM）；需要电脑上有 openssl，网页则不需要。
  3. 全部一致时显示“全部内容都在，没有改动”；有任何改动、缺失或多出的内容，都会逐一指出位置。
  密钥编号应向法院查询核对，不要只看本文件：
  {key}
  本次封存的根值，应与当事人签字的完整性确认单一致：
  {root}

分段录像用 Chromium、Firefox、VLC 等都可以播放（.mkv）。


The bundle of a hearing
=======================

What is in it
  verify.html      open it in a browser and choose this folder. Nothing needs to be installed, and no network is used.
  verify.py        the same on the command line: python3 -I verify.py (needs nothing but Python 3.9 or newer).
  data/recording   the record itself: recorded segments (tracks), the recorder's manifest, the journal, the transcript, the
                   participants, and the court's seal (seal.json).
  data/composite.mp4   the combined video, if it was made: for watching, not the original.
  data/papers      the integrity sheet and the fault statement, if they were made, as PDF.
  data/keys        public halves of the keys the court seals with; certificates of the time stamp authority, if there is one.
  manifest-sha256.txt and others   the lists of this bag (BagIt, RFC 8493): a hash of every file.

How to check it
  1. Unpack the whole archive into a folder.
  2. Open verify.html, or run in the folder: python3 -I verify.py --key {key}
     With a time stamp, add --authority and the certificates (PEM) that the authority publishes; this needs openssl, the page
     does not.
  3. It says that all is unchanged, or names each thing that was altered, is missing or was added, and where.
  Ask the court for its key id rather than trusting this file:
  {key}
  Root of this seal; the integrity sheet that the parties sign carries the same:
  {root}

Recorded segments (.mkv) play in Chromium, Firefox, VLC and others.
"""


def readme(court: str, case_number: str, key: str, root: str) -> str:
    """``key``: id of the key that sealed; ``root``: Merkle root, both hexadecimal."""
    return TEXT.format(court=court, case_number=case_number, key=key, root=root)
