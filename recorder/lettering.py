"""Text as brightness: name plates, the clock, and what stands in a tile without a picture."""

import shutil
import subprocess
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Luma = NDArray[np.uint8]
BLACK, WHITE = 16, 235
"""Limited range (ITU-R BT.601)."""
PATTERN = "Noto Sans CJK SC:lang=zh-cn"


@dataclass(frozen=True, slots=True)
class Lettering:
    """``path`` of a font file, empty for the one built into Pillow; ``index`` of the face in a collection."""

    path: str
    index: int
    warning: str
    """A sentence for people when Chinese cannot be written with it; otherwise empty."""

    def plate(self, text: str, size: int, widest: int, background: int = BLACK) -> Luma:
        """White text on a dark plate of even width and height, shortened with … to at most ``widest`` pixels."""
        font = self._font(size)
        margin = max(4, size // 3)
        while len(text) > 1 and font.getlength(text) > widest - 2 * margin:
            text = text.removesuffix("…")[:-1] + "…"
        width = min(widest, round(font.getlength(text)) + 2 * margin + 1) & ~1
        height = round(size * 1.5) & ~1
        image = Image.new("L", (width, height), background)
        ImageDraw.Draw(image).text((margin, height // 2), text, font=font, fill=WHITE, anchor="lm")
        return np.asarray(image, dtype=np.uint8)

    def _font(self, size: int) -> ImageFont.FreeTypeFont:
        if not self.path:
            font = ImageFont.load_default(size)
            assert isinstance(font, ImageFont.FreeTypeFont)
            return font
        return ImageFont.truetype(self.path, size, index=self.index)


def find_lettering() -> Lettering:
    """The font fontconfig gives for simplified Chinese."""
    missing = "No font with Chinese characters is installed (Debian: fonts-noto-cjk); plates show boxes instead."
    program = shutil.which("fc-match")
    if program is None:
        return Lettering("", 0, missing)
    answer = subprocess.run(
        [program, "-f", "%{file}\n%{index}\n%{lang}", PATTERN], capture_output=True, text=True, check=False
    )
    path, _, rest = answer.stdout.partition("\n")
    index, _, languages = rest.partition("\n")
    if answer.returncode or not path:
        return Lettering("", 0, missing)
    chinese = "zh-cn" in languages.split("|")
    return Lettering(path, int(index or 0), "" if chinese else missing)
