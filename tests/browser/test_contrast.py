"""Text stands out from what is behind it, on every page in both themes: 4.5 to 1, large type 3 to 1 (WCAG 2.2, 1.4.3)."""

from playwright.sync_api import Browser

from pages.common.frame import PAGES
from tests.browser import screen
from tests.browser.conftest import BACKBONE, Server

FAINT = """() => {
  const parse = text => { const m = text.match(/[\\d.]+/g).map(Number); return [m[0], m[1], m[2], m.length > 3 ? m[3] : 1]; };
  const over = ([r, g, b, a], [x, y, z]) => [r * a + x * (1 - a), g * a + y * (1 - a), b * a + z * (1 - a)];
  const part = v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = c => 0.2126 * part(c[0]) + 0.7152 * part(c[1]) + 0.0722 * part(c[2]);
  const behind = node => {
    const colour = parse(getComputedStyle(node).backgroundColor);
    return colour[3] === 1 ? colour : over(colour, node.parentElement ? behind(node.parentElement) : [255, 255, 255]);
  };
  const faded = node => node ? getComputedStyle(node).opacity * faded(node.parentElement) : 1;
  const walk = document.createTreeWalker(document.querySelector('[data-testid=stApp]'), NodeFilter.SHOW_TEXT), found = [];
  while (walk.nextNode()) {
    const node = walk.currentNode.parentElement, style = getComputedStyle(node), box = node.getBoundingClientRect();
    if (!walk.currentNode.textContent.trim() || !box.width || style.visibility !== 'visible' || faded(node) < 0.1) continue;
    if (node.closest('svg, canvas, [disabled], [aria-disabled=true], [data-testid=stIconMaterial], style, script')) continue;
    const ground = behind(node), ink = parse(style.color);
    const [a, b] = [light(over([...ink.slice(0, 3), ink[3] * faded(node)], ground)), light(ground)];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), size = parseFloat(style.fontSize);
    if (ratio < (size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? 3 : 4.5))
      found.push(
        `${ratio.toFixed(2)} ${walk.currentNode.textContent.trim().slice(0, 40)}: ${style.color} on ${ground.map(Math.round)}`);
  }
  return [...new Set(found)];
}"""


GROUND = "colour => getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor === colour"
GROUNDS = {"light": "rgb(255, 255, 255)", "dark": "rgb(16, 22, 28)"}


def test_all_text_stands_out(shared: Server, chromium: Browser) -> None:
    page, found = screen.new_page(chromium), dict[tuple[str, str], list[str]]()
    for name, _, _ in PAGES:
        page.emulate_media(color_scheme="light")
        screen.open_at(page, f"{shared.address}/{name if name != 'start' else ''}?backbone={BACKBONE}")
        for theme, ground in GROUNDS.items():
            page.emulate_media(color_scheme=theme)
            page.wait_for_function(GROUND, arg=ground)
            screen.ready(page)
            found[name, theme] = page.evaluate(FAINT)
    page.context.close()
    assert not {place: faint for place, faint in found.items() if faint}
