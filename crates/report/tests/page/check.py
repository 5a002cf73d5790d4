"""Reports in a real browser: `check.py FOLDER`, which holds folders with a `report.html` each.

Prints `skipped: …` where there is no browser. Screenshots lie beside the pages.
"""

import pathlib
import subprocess
import sys
import tarfile
import time

import browser

AXE = "axe-core@4.14.1"


def axe():
    """The source of axe-core from the npm registry, kept in the user's cache; None where it cannot be had."""
    cache = pathlib.Path.home() / ".cache/bal/test-page"
    path = cache / f"{AXE}.min.js"
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        try:
            subprocess.run(["npm", "pack", "--silent", AXE], cwd=cache, check=True, timeout=60, stdout=subprocess.DEVNULL)
        except (OSError, subprocess.SubprocessError):
            return None
        packed = next(cache.glob("axe-core-*.tgz"))
        with tarfile.open(packed) as archive:
            path.write_bytes(archive.extractfile("package/axe.min.js").read())
        packed.unlink()
    return path.read_text()


def check(true, what):
    if not true:
        raise AssertionError(what)


def center(page, selector):
    """Middle of an element in the window, scrolled to."""
    box = page.run(f"""(() => {{ const e = document.querySelector({selector!r}); e.scrollIntoView({{block: "center"}});
        const b = e.getBoundingClientRect(); return [b.x, b.y, b.width, b.height]; }})()""")
    return box[0] + box[2] / 2, box[1] + box[3] / 2, box


SHOWN = "[...document.querySelector('figure.curves').querySelectorAll('svg [data-series]')].filter(e => !e.classList.contains('off')).length"


def interaction(page, url):
    """Legend, pointing, keyboard, bands, and the state in the address."""
    figure = "figure.curves"
    all_shown = page.run(SHOWN)
    x, y, _ = center(page, f"{figure} .legend button")
    page.click(x, y)
    check(page.run(SHOWN) < all_shown, "a click on a legend entry hides its series")
    check("off=" in page.run("location.hash"), "the address says what is hidden")
    check(page.run(f"document.querySelector('{figure} .readout tbody tr').classList.contains('off')"), "so is its row")
    # By keyboard: the button has the focus; a key brings the series back.
    check(page.run("document.activeElement.tagName") == "BUTTON", "a legend entry takes the focus")
    page.press("Enter")
    check(page.run(SHOWN) == all_shown, "Enter on a legend entry shows its series again")

    before = page.run(f"document.querySelector('{figure} .readout').textContent")
    _, _, (left, top, width, height) = center(page, f"{figure} svg.plot:not(.swatch)")
    page.point(left + 0.3 * width, top + 0.5 * height)
    pointed = page.run(f"document.querySelector('{figure} .readout').textContent")
    check(pointed != before, "pointing shows the values of another round")
    page.point(left + 0.5 * width, top - 40)
    check("at=" in page.run("location.hash"), "the address says at how many labels")

    page.run(f"document.querySelector('{figure} .slider input').focus()")
    at = page.run(f"document.querySelector('{figure} .readout output').textContent")
    page.press("ArrowRight")
    check(page.run(f"document.querySelector('{figure} .readout output').textContent") != at, "an arrow key goes one round on")

    for band in ("quartiles", "seeds", "standard_error"):
        x, y, _ = center(page, f"{figure} .bands input[value={band}]")
        page.click(x, y)
        displays = page.run(f"""['standard_error', 'quartiles', 'seeds'].filter(band =>
            [...document.querySelectorAll('{figure} svg .b-' + band)].every(e => getComputedStyle(e).display !== 'none'))""")
        check(band in displays, f"the band `{band}` is shown, not {displays}")
    page.run("document.activeElement.blur()")

    # The state comes back with the address.
    name = page.run(f"JSON.parse(document.querySelector('{figure} script.data').textContent).series[0].name")
    page.open("about:blank")
    page.open(f"{url}#band=quartiles&off={encoded(name)}")
    check(page.run(SHOWN) < all_shown, "an address brings the state back")
    check(page.run(f"document.querySelector('{figure} .bands input:checked').value") == "quartiles", "and the band")
    page.open("about:blank")
    page.open(url)


def encoded(text):
    from urllib.parse import quote
    return quote(text, safe="")


def accessible(page, source, where):
    page.run(source + "; 0")
    found = page.run("""axe.run(document, {resultTypes: ['violations']}).then(result => result.violations.map(v =>
        v.id + ': ' + v.nodes.slice(0, 3).map(n => n.target.join(' ') + ' – ' + n.any.concat(n.all).map(c => c.message).join('; ')).join(' | ')))""")
    check(not found, f"{where}: " + "\n  ".join(found or []))


def check_page(page, folder, source):
    url = (folder / "report.html").resolve().as_uri()
    page.requests.clear()
    page.problems.clear()
    page.look(1280)
    page.open(url)
    if page.run("!!document.querySelector('figure.curves .bands')"):
        interaction(page, url)
    for width in (1280, 400):
        for dark in (False, True):
            page.look(width, dark=dark)
            wide = page.run("document.documentElement.scrollWidth - innerWidth")
            check(wide <= 0, f"at {width} pixels the page is {wide} pixels too wide: " + str(page.run(
                "[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.scroll')).slice(0, 5).map(e => e.outerHTML.slice(0, 120))")))
            ground = page.run("getComputedStyle(document.body).backgroundColor")
            check((ground == "rgb(255, 255, 255)") != dark, f"dark: {dark}, but the ground is {ground}")
            page.picture(folder / f"page-{width}-{'dark' if dark else 'light'}.png", whole=True)
            if source:
                accessible(page, source, f"{width} pixels, {'dark' if dark else 'light'}")
    page.look(1000, dark=True, printed=True)
    check(page.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)", "paper is white")
    check(page.run("getComputedStyle(document.querySelector('nav')).display") == "none", "no navigation on paper")
    page.pdf(folder / "page.pdf")
    # Without scripts all is there.
    page.look(1280)
    page.send("Emulation.setScriptExecutionDisabled", value=True)
    page.open(url)
    page.send("Emulation.setScriptExecutionDisabled", value=False)
    missing = page.run("[...document.querySelectorAll('figure.curves')].filter(f => !f.querySelector('.legend li') || !f.querySelector('.readout td') || ![...f.querySelectorAll('svg .band')].some(b => getComputedStyle(b).display !== 'none')).length")
    check(missing == 0, "without scripts a figure has no legend, values or line")
    foreign = [request for request in page.requests if not request.startswith(("file://", "data:", "about:"))]
    foreign += [request for request in page.requests if request.startswith("file://") and not request.split("#")[0].endswith("report.html")]
    check(not foreign, f"the page asks for {foreign[:3]}")
    check(not page.problems, f"the page complains: {page.problems[:3]}")


def main():
    path = browser.find()
    if not path:
        print("skipped: no Chromium (Debian: apt install chromium)")
        return
    source = axe()
    if source is None:
        print("skipped: accessibility, because axe-core could not be fetched with npm")
    folders = sorted(path.parent for path in pathlib.Path(sys.argv[1]).glob("*/report.html"))
    check(folders, f"no report below {sys.argv[1]}")
    page = browser.Browser(path)
    failed = False
    try:
        for folder in folders:
            start = time.monotonic()
            try:
                check_page(page, folder, source)
                print(f"{folder.name}: good, {time.monotonic() - start:.1f} s")
            except AssertionError as error:
                failed = True
                print(f"{folder.name}: {error}")
    finally:
        page.close()
    sys.exit(failed)


if __name__ == "__main__":
    main()
