"""Looks at a report in a real browser: check.py INDEX.HTML [SCREENSHOTS]. Ends with "N passed, N failed"."""

import os
import sys

from browser import Browser

# The ratio of WCAG 2.2, success criterion 1.4.3, for text of ordinary size.
LEAST_CONTRAST = 4.5

# Every piece of text that can be seen: the contrast of its colour with the first opaque background behind it. A folded section is opened
# first, so that what is inside counts.
CONTRASTS = """
(() => {
  const parse = text => {
    const parts = text.match(/[\\d.]+/g).map(Number);
    return { rgb: parts.slice(0, 3), alpha: parts.length > 3 ? parts[3] : 1 };
  };
  const light = rgb => {
    const [r, g, b] = rgb.map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const contrast = (a, b) => { const [x, y] = [light(a), light(b)].sort((m, n) => n - m); return (x + .05) / (y + .05); };
  const behind = element => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.alpha === 1) return colour.rgb;
    }
    return [255, 255, 255];
  };
  const seen = new Map();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || ["SCRIPT", "STYLE", "TITLE", "DESC"].includes(element.tagName.toUpperCase())) continue;
    const style = getComputedStyle(element);
    const colour = element.closest("svg") ? style.fill : style.color;
    const back = behind(element);
    const key = colour + back;
    if (!seen.has(key)) seen.set(key, { ratio: contrast(parse(colour).rgb, back), text: walker.currentNode.data.trim().slice(0, 40), colour, back: String(back) });
  }
  return [...seen.values()];
})()
"""

# Every piece of a chart's text that reaches over the chart's edge.
CUT = """
[...document.querySelectorAll("svg.chart")].flatMap(svg => {
  const { width, height } = svg.viewBox.baseVal;
  return [...svg.querySelectorAll("text")].filter(text => {
    const box = text.getBBox();
    return box.x < 0 || box.y < 0 || box.x + box.width > width || box.y + box.height > height;
  }).map(text => text.textContent);
})
"""

# A script and a style as a result might smuggle them in, if one ever escaped from its text.
SMUGGLED = """
(() => {
  const [script, styled] = ["script", "p"].map(name => document.createElement(name));
  script.textContent = "window.smuggled = true";
  styled.setAttribute("style", "color: red");
  styled.setAttribute("onclick", "window.smuggled = true");
  document.body.append(script, styled);
  styled.click();
  return window.smuggled === undefined && styled.style.color === "";
})()
"""

VISIBLE_ROWS = "[...document.querySelectorAll('#matrix-table tbody tr[data-id]')].filter(row => !row.hidden).length"

passed = failed = 0


def expect(what, holds, found=""):
    global passed, failed
    if holds:
        passed += 1
    else:
        failed += 1
    print(f"{'passed' if holds else 'FAILED'} {what}{'' if holds else f': found {found}'}", flush=True)


def visible_rows(browser):
    return browser.evaluate(VISIBLE_ROWS)


def choose(browser, identifier, value):
    browser.evaluate(f"""(() => {{ const field = document.getElementById('{identifier}'); field.value = '{value}';
        field.dispatchEvent(new Event('input', {{ bubbles: true }})); }})()""")


def main(page, screenshots):
    url = "file://" + os.path.abspath(page)

    def keep(browser, name):
        if screenshots:
            browser.screenshot(os.path.join(screenshots, f"{name}.png"))

    with Browser() as browser:
        browser.show(1280, 1000)
        browser.open(url)
        expect("opens from disk with the network off, without a complaint", not browser.complaints(), browser.complaints())
        expect("has one heading of the first order", browser.evaluate("document.querySelectorAll('h1').length") == 1)
        expect("has no script but its own", browser.evaluate("document.scripts.length") == 1)
        expect("its style is applied under its policy", browser.evaluate("getComputedStyle(document.body).maxWidth") != "none")
        keep(browser, "light")

        # Finding, filtering, sorting.
        everything = visible_rows(browser)
        expect("shows every equation at first", everything > 0, everything)
        choose(browser, "find", "no such equation")
        expect("finding nothing leaves nothing", visible_rows(browser) == 0, visible_rows(browser))
        choose(browser, "find", "lm2.memory.step")
        expect("finds one equation", 0 < visible_rows(browser) < everything, visible_rows(browser))
        choose(browser, "find", "")
        choose(browser, "verdict", "bad")
        bad = browser.evaluate("[...document.querySelectorAll('#matrix-table tbody tr[data-id]')].filter(row => row.querySelector('td.f, td.e')).length")
        expect("filters by verdict", visible_rows(browser) == bad, visible_rows(browser))
        choose(browser, "verdict", "")
        choose(browser, "dtype", "f64")
        expect("filters by dtype", browser.evaluate("[...document.querySelectorAll('#matrix-table td')].every(cell => cell.hidden === (cell.dataset.d !== 'f64'))"))
        browser.evaluate("document.querySelector('#controls button[type=reset]').click()")
        expect("shows all again", browser.becomes(f"{VISIBLE_ROWS} === {everything}"), visible_rows(browser))
        browser.evaluate("document.querySelector('#matrix-table thead tr:nth-child(2) th:last-child button').click()")
        keys = browser.evaluate("[...document.querySelectorAll('#matrix-table tbody tr[data-id]')].map(row => Number(row.lastElementChild.dataset.s))")
        expect("sorts the worst first", keys == sorted(keys, reverse=True), keys[:8])
        expect("says how it is sorted", browser.evaluate("document.querySelectorAll('[aria-sort=descending]').length") == 1)
        keep(browser, "matrix")

        # Drilling down: by a link of the matrix, by an address, and by keyboard alone.
        browser.open(url)
        link = "document.querySelector('#matrix-table tbody tr[data-id] td a')"
        browser.evaluate(f"{link}.click()")
        expect("a cell opens its equation", browser.becomes(
            f"document.getElementById(decodeURIComponent({link}.hash.slice(1))).open"))
        case = browser.evaluate("(document.querySelector('details.case:has(.answer.f)') ?? document.querySelector('details.case')).id")
        browser.open("about:blank")
        browser.open(f"{url}#{case}")
        expect("an address opens its case", browser.becomes(f"document.getElementById({case!r}).open"), case)
        expect("a formula is set", browser.evaluate("(() => { const box = document.querySelector('details[open] math').getBoundingClientRect(); return box.height > 10; })()"))
        keep(browser, "case")
        browser.evaluate("document.querySelector('details.equation:not([open]) > summary').focus()")
        for kind in ("keyDown", "keyUp"):
            browser.call("Input.dispatchKeyEvent", type=kind, key="Enter", code="Enter", windowsVirtualKeyCode=13, text="\r" if kind == "keyDown" else "")
        expect("the keyboard opens an equation", browser.becomes("document.activeElement.parentElement.open"))
        expect("every scrolling region can be reached by keyboard", browser.evaluate(
            "[...document.querySelectorAll('.scroll')].every(region => region.tabIndex === 0 && (region.ariaLabel || region.getAttribute('aria-labelledby')))"))

        # Charts and colours, of everything there is.
        browser.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
        cut = browser.evaluate(CUT)
        expect("no text of a chart is cut off", not cut, cut)
        for scheme in ("light", "dark"):
            browser.show(1280, 1000, scheme)
            contrasts = browser.evaluate(CONTRASTS)
            worst = min(contrasts, key=lambda each: each["ratio"])
            expect(f"contrast of text, {scheme} ({len(contrasts)} pairs, least {worst['ratio']:.2f})", worst["ratio"] >= LEAST_CONTRAST, worst)
        browser.open(url)
        keep(browser, "dark")

        # A phone: closed, and with everything open.
        browser.show(360, 800)
        browser.open(url)
        keep(browser, "phone")
        for state in ("folded", "unfolded"):
            width = browser.evaluate("document.documentElement.scrollWidth")
            expect(f"no horizontal scroll at 360 pixels, {state}", width <= 360, width)
            browser.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true; fold.style.contentVisibility = 'visible'; })")

        # Without a script, and printed.
        browser.call("Emulation.setScriptExecutionDisabled", value=True)
        browser.show(1280, 1000)
        browser.open(url)
        browser.call("Emulation.setScriptExecutionDisabled", value=False)
        expect("without a script the controls stay away and the matrix is there", browser.evaluate(
            "document.getElementById('controls').hidden && document.querySelectorAll('#matrix-table tbody tr').length > 1"))
        browser.show(800, 1100, medium="print")
        keep(browser, "print")

        # Whatever else would get into the page stays without effect.
        browser.open(url)
        expect("its policy stops any other script and style", browser.evaluate(SMUGGLED))
    print(f"{passed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit("usage: check.py INDEX.HTML [FOLDER-FOR-SCREENSHOTS]")
    sys.exit(main(sys.argv[1], sys.argv[2] if len(sys.argv) == 3 else None))
