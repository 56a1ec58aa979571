"""Sets papers as PDF with Typst: tagged PDF/A-2a, fonts embedded as the glyphs that are used, text that can be searched."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import typst

from hearing_server.domain.export import ExportError
from hearing_server.exports.errors import ExportFailed

TEMPLATE = Path(__file__).with_name("templates") / "paper.typ"
PATTERNS = ("serif:lang=zh-cn", "sans:lang=zh-cn")
"""Asked of fontconfig in this order."""


def typeset(paper: dict[str, Any]) -> bytes:
    """A PDF. Raises `ExportFailed` when there is no font with Chinese characters, which is needed in English too: names are Chinese."""
    family, folder = chinese_font()
    told = json.dumps({**paper, "fonts": [family]}, ensure_ascii=False)
    pdf: bytes = typst.compile(
        TEMPLATE,
        format="pdf",
        font_paths=[folder],
        ignore_system_fonts=True,
        sys_inputs={"paper": told},
        pdf_standards=["a-2a"],
    )
    return pdf


def chinese_font() -> tuple[str, Path]:
    """Family, and the folder its files lie in. Raises `ExportFailed`."""
    program = shutil.which("fc-match")
    for pattern in PATTERNS if program is not None else ():
        command = [str(program), "-f", "%{family[0]}\n%{file}\n%{lang}", pattern]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
        family, _, rest = answer.stdout.partition("\n")
        file, _, languages = rest.partition("\n")
        if answer.returncode == 0 and "zh-cn" in languages.split("|"):
            return family, Path(file).parent
    raise ExportFailed(ExportError.FONT_MISSING)
