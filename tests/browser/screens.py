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
PICTURES = Path(__file__).parents[2] / "screenshots-out"

RULES = "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']"

BROKEN_RULES = f"""
async () => (await axe.run({{runOnly: {RULES}}})).violations.map(
  (rule) => rule.id + ': ' + rule.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(' | '))
"""

TARGET_PX = 44
LARGE_TARGET_PX = 60
"""In the elder text sizes and at a kiosk."""

BROKEN_LAYOUT = """
(target) => {
  const broken = [];
  const root = document.documentElement;
  if (root.scrollWidth > innerWidth + 1) broken.push(`scrolls sideways: ${root.scrollWidth} > ${innerWidth}`);
  const pressed = 'main button, main select, main summary, main a.btn, main input:not([type=checkbox]):not([type=radio])';
  for (const element of document.querySelectorAll(pressed)) {
    const {width, height} = element.getBoundingClientRect();
    const shown = width > 1 && height > 1 && getComputedStyle(element).visibility !== 'hidden';
    if (shown && Math.min(width, height) < target - 0.5) {
      broken.push(`${(element.textContent || element.id).trim().slice(0, 30)}: ${Math.round(width)}×${Math.round(height)}`);
    }
  }
  return broken;
}
"""


CAMERAS_SHOW = """
() => [...document.querySelectorAll('video')].every((video) => video.srcObject === null || video.currentTime > 0)
"""

BROKEN_COURTROOM = """
() => {
  const broken = [];
  const inside = (element, name) => {
    const {left, top, right, bottom} = element.getBoundingClientRect();
    if (left < -1 || top < -1 || right > innerWidth + 1 || bottom > innerHeight + 1) broken.push(`${name} outside the window`);
  };
  const bar = document.querySelector('[data-test="controls"]');
  inside(bar, 'control bar');
  for (const button of bar.querySelectorAll('button')) {
    const word = button.querySelector('span');
    inside(button, button.innerText);
    const cut = button.scrollWidth > button.clientWidth + 1 || button.scrollHeight > button.clientHeight + 1;
    if (cut) broken.push(`cut off: ${button.innerText}`);
    if (word.getClientRects().length > 1) broken.push(`broken word: ${button.innerText}`);
  }
  if (bar.querySelectorAll('button').length > 6) broken.push('more than six buttons');
  const stage = document.querySelector('[data-test="stage"]')?.getBoundingClientRect().height ?? innerHeight;
  if (stage < 0.4 * innerHeight) broken.push(`small stage: ${stage}`);
  inside(document.querySelector('[data-test="status-bar"]'), 'status bar');
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


async def assert_layout(page: Page, name: str, size: str, target_px: int = TARGET_PX) -> None:
    """Nothing scrolls sideways, and every target is large enough."""
    await resize(page, size)
    broken = await page.evaluate(BROKEN_LAYOUT, target_px)
    assert broken == [], f"{name}: {broken}"


async def assert_courtroom(page: Page, name: str) -> None:
    """Controls, their words and the state are in sight, and the stage has at least 40 % of the height."""
    broken = await page.evaluate(BROKEN_COURTROOM)
    assert broken == [], f"{name}: {broken}"


async def resize(page: Page, size: str) -> None:
    """And wait until it was drawn."""
    width, height = SIZES[size]
    await page.set_viewport_size({"width": width, "height": height})
    await page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")


async def picture(page: Page, name: str) -> None:
    """A screenshot to look at, in a folder that git ignores, once every camera on it shows something."""
    await page.wait_for_function(CAMERAS_SHOW)
    PICTURES.mkdir(exist_ok=True)
    await page.screenshot(path=PICTURES / f"{name}.png")
