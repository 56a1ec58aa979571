"""What holds on every screen: axe-core finds nothing, nothing scrolls sideways, and what one presses is large enough."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

CLIENT = Path(__file__).parents[2] / "web_client"
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ("--no-sandbox", "--force-color-profile=srgb", "--autoplay-policy=no-user-gesture-required")

SIZES = {"desk": (1440, 900), "phone": (390, 844), "large": (1920, 1080)}

RULES = "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']"

BROKEN_RULES = f"""
async () => (await axe.run({{runOnly: {RULES}}})).violations.map(
  (rule) => rule.id + ': ' + rule.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(' | '))
"""

BROKEN_LAYOUT = """
() => {
  const broken = [];
  const root = document.documentElement;
  if (root.scrollWidth > innerWidth + 1) broken.push(`scrolls sideways: ${root.scrollWidth} > ${innerWidth}`);
  const pressed = 'main button, main select, main summary, main a.btn, main input:not([type=checkbox]):not([type=radio])';
  for (const element of document.querySelectorAll(pressed)) {
    const {width, height} = element.getBoundingClientRect();
    const shown = width > 1 && height > 1 && getComputedStyle(element).visibility !== 'hidden';
    if (shown && Math.min(width, height) < 43.5) {
      broken.push(`${(element.textContent || element.id).trim().slice(0, 30)}: ${Math.round(width)}×${Math.round(height)}`);
    }
  }
  return broken;
}
"""


@cache
def _axe() -> str:
    return (CLIENT / "node_modules/axe-core/axe.min.js").read_text()


@asynccontextmanager
async def open_browser(*more: str) -> AsyncIterator[Browser]:
    """A Chromium of its own, with these further switches."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, *more])
        try:
            yield browser
        finally:
            await browser.close()


async def assert_accessible(page: Page, name: str) -> None:
    """axe-core with the WCAG 2.2 AA and best-practice rules. Evaluated, since the page's policy allows no foreign script."""
    await page.evaluate(_axe())
    broken = await page.evaluate(BROKEN_RULES)
    assert broken == [], f"{name}: {broken}"


async def assert_layout(page: Page, name: str, size: str) -> None:
    """Nothing scrolls sideways, and every target is at least 44 px."""
    width, height = SIZES[size]
    await page.set_viewport_size({"width": width, "height": height})
    await page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    broken = await page.evaluate(BROKEN_LAYOUT)
    assert broken == [], f"{name}: {broken}"
