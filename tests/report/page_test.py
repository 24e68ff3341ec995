"""The page in a browser: opens offline, can be read, and its controls work."""
import pytest
from conftest import hostile_page

LOOKS = {"light": (1200, "light"), "dark": (1200, "dark"), "phone": (390, "light")}
FIND_TROUBLE = """() => {
  const trouble = [];
  for (const figure of document.querySelectorAll('figure')) {
    const texts = [...figure.querySelectorAll('svg.main-svg text')].filter(text => {
      const style = getComputedStyle(text), box = text.getBoundingClientRect();
      return text.textContent.trim() && box.width > 0 && style.visibility !== 'hidden' && style.opacity !== '0';
    });
    const boxes = texts.map(text => [text.getBoundingClientRect(), text.textContent]);
    for (const text of texts) {
      const size = parseFloat(getComputedStyle(text).fontSize);
      if (size < 12) trouble.push([figure.id, 'small', size, text.textContent]);
    }
    boxes.forEach(([a, first], i) => boxes.slice(i + 1).forEach(([b, second]) => {
      const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (width > 2 && height > 3) trouble.push([figure.id, 'overlap', first, second]);
    }));
    const outer = figure.getBoundingClientRect();
    if (outer.right > document.documentElement.clientWidth + 1) trouble.push([figure.id, 'too wide']);
  }
  for (const element of document.querySelectorAll('body *')) {
    if (element.closest('svg, script') || !element.innerText) continue;
    if (parseFloat(getComputedStyle(element).fontSize) < 12) trouble.push([element.tagName, 'small text']);
  }
  return trouble;
}"""


def wait_until(page, expression):
    """wait_for_function would need eval, which the page's policy forbids."""
    for _ in range(100):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"never true: {expression}")


class Opened:
    """The page with what it complained of and asked for."""

    def __init__(self, browser, path, look):
        width, scheme = LOOKS[look]
        self.context = browser.new_context(viewport={"width": width, "height": 800},
                                           color_scheme=scheme, offline=True)
        self.page = self.context.new_page()
        self.complaints, self.requests = [], []
        self.page.on("console", lambda message: self.complaints.append(message.text)
                     if message.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url)
                     if not request.url.startswith(("file:", "data:", "blob:")) else None)
        self.page.goto(f"file://{path}")

    def draw_all(self):
        self.page.evaluate("document.querySelectorAll('figure').forEach(f => kgon.first(f.id))")
        self.page.wait_for_timeout(600)


@pytest.fixture
def opened(chromium, page):
    contexts = []

    def open_it(look="light"):
        one = Opened(chromium, page, look)
        contexts.append(one.context)
        return one
    yield open_it
    for context in contexts:
        context.close()


@pytest.mark.parametrize("look", LOOKS)
def test_opens_offline_and_can_be_read(opened, look):
    one = opened(look)
    one.draw_all()
    assert one.page.locator("figure").count() >= 14
    assert one.page.evaluate(FIND_TROUBLE) == []
    # Every variant of every figure, and both kinds of axes.
    selects = one.page.locator("select[data-choice]")
    for i in range(selects.count()):
        options = selects.nth(i).locator("option").count()
        for option in sorted({1, options - 1}):
            selects.nth(i).select_option(index=option)
        one.page.wait_for_timeout(150)
    for box in one.page.locator("input[data-scale]").all():
        box.click()
    one.page.wait_for_timeout(400)
    assert one.page.evaluate(FIND_TROUBLE) == []
    assert one.complaints == [] and one.requests == []


def test_every_control_has_a_name_and_can_be_reached_by_keys(opened):
    one = opened()
    one.draw_all()
    unnamed = one.page.evaluate("""() => [...document.querySelectorAll('button, select, input, [tabindex="0"]')]
        .filter(e => !(e.closest('label')?.innerText.trim() || e.getAttribute('aria-label') || e.innerText.trim()))
        .map(e => e.outerHTML)""")
    assert unnamed == []
    assert one.page.evaluate("""() => [...document.querySelectorAll('[role=group], [role=region]')]
        .every(e => e.getAttribute('aria-label'))""")
    one.page.locator(".play").focus()
    one.page.keyboard.press("Enter")
    one.page.wait_for_timeout(500)
    assert int(one.page.locator(".scrub").input_value()) > 0


def polygon(page):
    return page.evaluate("Array.from(document.querySelector('.polygon').data[2].x).concat("
                         "Array.from(document.querySelector('.polygon').data[2].y))")


def test_plays_pauses_and_scrubs(opened):
    one = opened()
    one.draw_all()
    page = one.page
    start, where = polygon(page), page.locator(".where")
    assert where.inner_text().startswith("step 0 ")
    page.locator(".play").click()
    wait_until(page, "Number(document.querySelector('.scrub').value) > 3")
    page.locator(".play").click()
    paused = page.locator(".scrub").input_value()
    page.wait_for_timeout(400)
    assert page.locator(".scrub").input_value() == paused
    last = int(page.locator(".scrub").get_attribute("max"))
    page.locator(".scrub").fill(str(last))
    payload = page.evaluate("""() => { const m = kgon.figures.get('developmental-stages').payload.members[0];
        const r = m.step.length - 1, c = m.features, base = r * 2 * c;
        return {step: m.step[r], columns: Array.from(m.W.subarray(base, base + 2 * c))}; }""")
    assert polygon(page) == payload["columns"] != start
    assert f"step {payload['step']:,}" in where.inner_text()
    cursor = page.evaluate("document.querySelector('.stairs').layout.shapes.at(-1).x0")
    assert cursor == payload["step"]
    assert one.complaints == []


def test_another_trajectory_can_be_picked(opened):
    one = opened()
    one.draw_all()
    before = polygon(one.page)
    losses = "Array.from(document.querySelector('.stairs').data[1].y).join()"
    first = one.page.evaluate(losses)
    one.page.locator(".member").select_option(index=3)
    assert one.page.evaluate(losses) != first and polygon(one.page) != before
    expected = "Array.from(kgon.figures.get('developmental-stages').payload.members[3].loss).join()"
    assert one.page.evaluate(losses) == one.page.evaluate(expected)


def test_a_legend_entry_hides_its_phase(opened):
    one = opened()
    one.draw_all()
    plot = one.page.locator("#sgd-plateaus-plot")
    plot.scroll_into_view_if_needed()
    visible = "document.getElementById('sgd-plateaus-plot').data.filter(t => t.visible !== 'legendonly').length"
    before = one.page.evaluate(visible)
    plot.locator(".legendtoggle").first.click()
    wait_until(one.page, f"{visible} < {before}")
    plot.locator(".legendtoggle").first.click()
    wait_until(one.page, f"{visible} === {before}")


def test_the_theme_changes_every_figure_and_keeps_phases(opened):
    one = opened()
    one.draw_all()
    colours = """() => [...document.querySelectorAll('#occupancy-plot')].flatMap(p => p.data.filter(
        t => t.mode === 'lines+markers').map(t => [t.name, t.line.color]))"""
    light = dict(one.page.evaluate(colours))
    ink = "document.querySelector('#occupancy-plot').layout.font.color"
    before = one.page.evaluate(ink)
    one.page.locator("#theme").click()
    one.page.wait_for_timeout(300)
    dark = dict(one.page.evaluate(colours))
    assert one.page.evaluate(ink) != before and light.keys() == dark.keys()
    assert all(light[name] != dark[name] for name in light)
    palettes = "JSON.parse(document.getElementById('palettes').textContent)"
    for theme, found in (("light", light), ("dark", dark)):
        for name, colour in found.items():
            assert colour == one.page.evaluate(f"{palettes}.{theme}[kgon.look('{name}')]")


def test_a_draw_shows_its_polygon(opened):
    one = opened()
    one.draw_all()
    plot = one.page.locator("#tsne-plot")
    plot.scroll_into_view_if_needed()
    before = one.page.locator("#tsne .beside").inner_html()
    points = plot.locator(".scatterlayer .point")
    for i in range(min(5, points.count())):
        points.nth(points.count() - 1 - i).hover(force=True)
        one.page.wait_for_timeout(150)
        if one.page.locator("#tsne .beside").inner_html() != before:
            break
    assert one.page.locator("#tsne .beside").inner_html() != before
    assert one.page.locator("#tsne .beside line").count() == 6


def test_hostile_strings_do_nothing(chromium, copy_of, tmp_path):
    tab = chromium.new_page()
    tab.goto(f"file://{hostile_page(copy_of('train.nc'), tmp_path / 'r.html')}")
    tab.evaluate("document.querySelectorAll('figure').forEach(f => kgon.first(f.id))")
    tab.wait_for_timeout(500)
    assert tab.locator("figure").count() > 3
    assert tab.evaluate("window.stolen") is None
    tab.close()


def test_no_button_sends_anything_anywhere(opened):
    one = opened()
    one.draw_all()
    names = one.page.evaluate("""() => [...new Set([...document.querySelectorAll('.modebar-btn')]
        .map(b => b.dataset.title || b.getAttribute('aria-label') || ''))].sort()""")
    assert len(names) == 4 and not [name for name in names if "hare" in name or "loud" in name], names


def test_a_theme_keeps_what_was_hidden(opened):
    one = opened()
    one.draw_all()
    hidden = "document.getElementById('sgd-plateaus-plot')._fullData.filter(t => t.visible === 'legendonly').length"
    plot = one.page.locator("#sgd-plateaus-plot")
    plot.scroll_into_view_if_needed()
    plot.locator(".legendtoggle").first.click()
    wait_until(one.page, f"{hidden} > 0")
    one.page.locator("#theme").click()
    one.page.wait_for_timeout(300)
    assert one.page.evaluate(hidden) > 0
