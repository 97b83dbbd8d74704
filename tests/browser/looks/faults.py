"""What a page that stands still does wrong for somebody who sees little or uses no mouse: axe-core, and text inside charts."""

from collections import Counter
from io import BytesIO
from pathlib import Path

import axe_playwright_python
import numpy as np
from PIL import Image
from playwright.sync_api import Page

from pages.common.theme import contrast

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
RUN = """async () => {
  const found = await axe.run(document, {resultTypes: ['violations'], rules: {'color-contrast': {enabled: false}}});
  return found.violations.flatMap(v => v.nodes.map(n => [v.id, v.impact, n.target.join(' ')]));
}"""
"""Without axe's contrast rule: it gives up on half of the text, `test_every_page` measures all of it."""
GRAVE, OURS = ("serious", "critical"), ("heading-order",)
"""What axe calls so; lesser rules that hold, too, as what they are about is all ours."""
OF_STREAMLIT: dict[tuple[str, str], str] = {}
"""Rule and a part of the selector -> why it is not ours; nothing today."""
LETTERS = """() => [...document.querySelectorAll('.js-plotly-plot svg text')].flatMap(text => {
  const box = text.getBoundingClientRect(), style = getComputedStyle(text), shown = text.textContent.trim();
  let faded = 1;
  for (let node = text; node && node.nodeName !== 'DIV'; node = node.parentElement) faded *= getComputedStyle(node).opacity;
  if (!shown || !box.width || faded * (style.fillOpacity || 1) < 0.1 || style.visibility !== 'visible') return [];
  return [[shown.slice(0, 40), style.fill, faded * style.fillOpacity, box.x, box.y, box.right, box.bottom]];
})"""
LEAST = 4.5


def grave(page: Page) -> list[str]:
    """Serious and critical violations that axe-core finds, and headings out of order, without Streamlit's own."""
    if not page.evaluate("() => window.axe !== undefined"):
        page.add_script_tag(path=str(AXE))
    found = [(rule, target) for rule, impact, target in page.evaluate(RUN) if impact in GRAVE or rule in OURS]
    return [f"{rule}: {target}" for rule, target in found if not any(rule == r and part in target for r, part in OF_STREAMLIT)]


def faint_in_charts(page: Page, screenshot: bytes) -> list[str]:
    """Text of charts whose contrast with what is most around it is below 4.5 to 1."""
    picture, found = np.asarray(Image.open(BytesIO(screenshot)).convert("RGB")), []
    for text, fill, opacity, *box in page.evaluate(LETTERS):
        left, top, right, bottom = (round(side) for side in box)
        around = picture[max(top, 0) : bottom, max(left, 0) : right].reshape(-1, 3)
        if not len(around):
            continue
        ground = Counter(map(tuple, around.tolist())).most_common(1)[0][0]
        ink = [float(part) for part in fill.removeprefix("rgba(").removeprefix("rgb(").rstrip(")").split(",")]
        seen = [round(a * opacity + b * (1 - opacity)) for a, b in zip(ink[:3], ground, strict=True)]
        ratio = contrast(_hex(seen), _hex(ground))
        if ratio < LEAST:
            found.append(f"{ratio:.2f} {text}: {_hex(seen)} on {_hex(ground)}")
    return list(dict.fromkeys(found))


def _hex(colour: tuple[int, ...] | list[int]) -> str:
    return "#{:02X}{:02X}{:02X}".format(*colour)
