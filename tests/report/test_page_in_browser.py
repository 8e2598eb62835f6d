"""The web page in a real browser: what mouse, keyboard, screen reader and printer get."""

from __future__ import annotations

import base64
import json
import re
import shutil
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ccgmine.report.page import render_page
from tests.report import small_findings as small

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
DRIVER = shutil.which("chromedriver")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="needs Chromium and its driver"),
]
FLAGS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-quic",
    "--window-size=1400,1000",
]  # fmt: skip
SCALES = ["light", "dark"]
NASTY = "</script><script>document.title = 'run'</script>{{ 7 * 7 }} שלום 🙂"


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """The driver is spoken to on this machine; anything further away stays forbidden."""
    connect = socket.socket.connect

    def only_here(self: socket.socket, address: Any) -> None:
        assert address[0] in {"127.0.0.1", "::1", "localhost"}
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", only_here)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    findings = small.findings()
    quotes = (*findings.quotes, replace(findings.quotes[0], participant_id="GP ID 9", text=NASTY))
    path = tmp_path_factory.mktemp("page") / "findings.html"
    path.write_text(render_page(replace(findings, quotes=quotes)), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def _driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    webdriver = pytest.importorskip("selenium.webdriver")
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    yield driver
    driver.quit()


class Page:
    """The page in a browser, with what the tests ask of it."""

    def __init__(self, driver: Any, path: Path) -> None:
        self.driver = driver
        self.address = path.as_uri()

    def go(self, link: str = "") -> None:
        self.driver.get("about:blank")
        self.driver.get(self.address + link)

    def run(self, script: str, *values: object) -> Any:
        return self.driver.execute_script(script, *values)

    def all(self, selector: str) -> list[Any]:
        return self.driver.find_elements("css selector", selector)

    def one(self, selector: str) -> Any:
        return self.driver.find_element("css selector", selector)

    def press(self, *keys: str) -> None:
        from selenium.webdriver import ActionChains, Keys

        for key in keys:
            ActionChains(self.driver).send_keys(getattr(Keys, key, key)).perform()

    def until(self, script: str) -> None:
        from selenium.webdriver.support.ui import WebDriverWait

        WebDriverWait(self.driver, 5).until(lambda d: d.execute_script(script))

    def focused(self) -> str:
        return str(
            self.run(
                "const e = document.activeElement;"
                "return e.getAttribute('aria-labelledby') && e.matches('.cell')"
                " ? e.getAttribute('aria-labelledby').split(' ').slice(0, 2)"
                "    .map(i => document.getElementById(i).textContent.trim().replace(/\\s+/g, ' '))"
                "    .join(' / ')"
                " : (e.getAttribute('aria-label') || e.textContent || e.id).trim()"
            )
        )

    def rows(self, table: str = ".shown table") -> list[str]:
        return list(
            self.run(
                "return [...document.querySelectorAll(arguments[0] + ' tbody tr')]"
                ".filter(r => r.offsetParent !== null)"
                ".map(r => r.querySelector('th > span:last-child').textContent.trim()"
                ".replace(/\\s+/g, ' '))",
                table,
            )
        )

    def tool(self, command: str, **values: object) -> Any:
        return self.driver.execute_cdp_cmd(command, values)

    def show_as(self, scheme: str, media: str = "") -> None:
        # Without motion, so that nothing has to be waited for.
        features = [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]
        self.tool("Emulation.setEmulatedMedia", features=features, media=media)

    def size(self, width: int, height: int) -> None:
        self.tool(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=width < 500,
        )  # fmt: skip


@pytest.fixture
def browser(_driver: Any, page: Path) -> Iterator[Page]:
    """At the beginning of the page; afterwards there must be no complaint in the console."""
    _driver.get_log("browser")
    found = Page(_driver, page)
    found.size(1400, 1000)
    found.show_as("light")
    found.go()
    yield found
    assert _driver.get_log("browser") == []


MEETINGS_AT_SITE_1 = "Too many meetings / Site 1"


def test_nothing_but_the_file_is_asked_for(browser: Page) -> None:
    browser.driver.get_log("performance")
    browser.go("#meetings/site=Site%201")
    browser.until("return document.querySelector('dialog').open")
    messages = [
        json.loads(entry["message"])["message"] for entry in browser.driver.get_log("performance")
    ]
    asked = {
        m["params"]["request"]["url"]
        for m in messages
        if m["method"] == "Network.requestWillBeSent"
    }
    assert asked - {"about:blank", "data:,"} == {browser.address}


def test_the_policy_stops_whoever_tries(browser: Page) -> None:
    said = browser.run("return fetch('data:text/plain,x').then(() => 'fetched', () => 'stopped')")
    assert said == "stopped"
    browser.driver.get_log("browser")


def test_a_cell_opens_by_keyboard_and_gives_the_focus_back(browser: Page) -> None:
    browser.run("document.querySelector('.shown .scroll').focus()")
    # Past the heads of the four columns to the one cell that Tab stops at.
    browser.press("TAB", "TAB", "TAB", "TAB", "TAB")
    assert browser.focused() == "Administrative burden with sub-themes / Overall"
    browser.press("ARROW_RIGHT", "ARROW_DOWN")
    assert browser.focused() == MEETINGS_AT_SITE_1
    browser.press("ENTER")
    browser.until("return document.querySelector('dialog').open")
    assert browser.focused() == "Too many meetings"
    assert browser.driver.current_url.endswith("#meetings/site=Site%201")
    text = browser.one("dialog").text
    for said in ("62 %", "95 % interval 50–73 %", "★", "predominant", "not an estimate", "Method"):
        assert said in text
    browser.press("ESCAPE")
    browser.until("return !document.querySelector('dialog').open")
    assert browser.focused() == MEETINGS_AT_SITE_1
    browser.press("END")
    assert browser.focused() == "Too many meetings / Site 10"
    browser.press("TAB")
    assert browser.run("return !document.activeElement.closest('.grouping')")


def test_focus_stays_in_the_dialog(browser: Page) -> None:
    browser.go("#meetings/overall")
    browser.until("return document.querySelector('dialog').open")
    for _ in range(4):
        browser.press("TAB")
        inside = browser.run(
            "const e = document.activeElement; return e === document.body || !!e.closest('dialog')"
        )
        assert inside
    assert browser.one("#close").accessible_name == "Close"


def test_the_focus_is_seen_on_every_cell_colour(browser: Page) -> None:
    browser.run("document.querySelector('.shown .cell').focus()")
    colours = set()
    for _ in range(9):
        browser.press("ARROW_DOWN")
        colour, outline, width, shadow = browser.run(
            "const s = getComputedStyle(document.activeElement);"
            "return [s.backgroundColor, s.outlineStyle, parseFloat(s.outlineWidth), s.boxShadow]"
        )
        colours.add(colour)
        # Dark outside and light inside, so that one of the two stands out on any colour.
        assert outline == "solid"
        assert width >= 3
        assert "inset" in shadow
    assert len(colours) > 4


def test_quotes_are_shown_as_they_were_said(browser: Page) -> None:
    browser.go("#meetings/overall")
    browser.until("return document.querySelector('dialog').open")
    texts = [quote.text for quote in browser.all("dialog blockquote")]
    assert NASTY in texts
    assert texts[0] in {small.LONG, NASTY}
    about = [source.text for source in browser.all("dialog .source")]
    assert any("[GP ID 35] coded by machine: ccg-themes, probability 0.81" in a for a in about)
    assert any("[Manager ID 35] coded by hand: ann" in a for a in about)
    assert browser.driver.title.startswith("Commissioning")
    assert browser.all("dialog blockquote")[0].get_attribute("dir") == "auto"


def test_hidden_figures_are_explained(browser: Page) -> None:
    browser.go("#paperwork/site=Site%201&respondent_type=Nurse")
    browser.until("return document.querySelector('dialog').open")
    text = browser.one("dialog").text
    assert "Hidden [c], so that nobody can be recognised" in text
    assert "None are shown where a figure is hidden" in text
    assert browser.all("dialog blockquote") == []


def test_a_reason_stands_in_the_cell_and_in_its_details(browser: Page) -> None:
    reason = "theme not learned, and too few hand coded"
    assert reason in browser.all(".shown tbody tr")[-1].text
    browser.go("#travel/overall")
    browser.until("return document.querySelector('dialog').open")
    assert f"No estimate. Reason: {reason}." in browser.one("dialog").text


def test_links_and_the_back_button(browser: Page) -> None:
    browser.all("input[name=grouping]")[2].click()
    browser.until("return location.hash === '#by/respondent_type'")
    assert browser.one(".shown").get_attribute("data-grouping") == "respondent_type"
    browser.run("document.querySelector('.shown .cell').click()")
    browser.until("return document.querySelector('dialog').open")
    assert browser.driver.current_url.endswith("#burden/overall/with_children")
    browser.one("#close").click()
    browser.until("return location.hash === '#by/respondent_type'")
    assert not browser.run("return document.querySelector('dialog').open")
    browser.driver.forward()
    browser.until("return document.querySelector('dialog').open")
    browser.driver.back()
    browser.until("return !document.querySelector('dialog').open")
    browser.driver.back()
    browser.until("return location.hash === ''")


def test_a_link_opens_its_cell_in_its_own_table(browser: Page) -> None:
    browser.go("#money/site=Site%2010&respondent_type=GP")
    browser.until("return document.querySelector('dialog').open")
    assert browser.one("#details-title").text == "Funding (itself)"
    assert browser.one("#details-group").text == "Site 10, GP"
    browser.press("ESCAPE")
    browser.until("return !document.querySelector('dialog').open")
    assert browser.focused() == "Funding itself / Site 10, GP"


@pytest.mark.parametrize(
    "link", ["#no/such", "#%E0%A4%A", "#meetings/site=Site%2099", "#by/x", "#//"]
)
def test_a_link_to_nowhere_does_no_harm(browser: Page, link: str) -> None:
    browser.go(link)
    assert len(browser.rows()) == 10
    assert not browser.run("return document.querySelector('dialog').open")


def test_sorting_by_any_column(browser: Page) -> None:
    start = browser.rows()
    head = browser.all(".shown thead th")[2]
    button = head.find_element("css selector", "button")
    button.click()
    assert head.get_attribute("aria-sort") == "descending"
    # By hand from the fixture, Site 1: 80 %, 62 %, 37 %, 27 %, ...; travel has no estimate.
    assert browser.rows()[:3] == [
        "Administrative burden with sub-themes", "Too many meetings", "Funding with sub-themes",
    ]  # fmt: skip
    assert browser.rows()[-1] == "Travel"
    assert "Sorted by Site 1" in browser.one("#status").text
    button.click()
    assert head.get_attribute("aria-sort") == "ascending"
    assert browser.rows()[-1] == "Travel"
    assert browser.rows()[-2] == "Administrative burden with sub-themes"
    button.click()
    assert head.get_attribute("aria-sort") is None
    assert browser.rows() == start
    browser.all(".shown thead button")[0].click()
    assert browser.rows()[2:] == [
        "Administrative burden with sub-themes", "Cuts to services", "Funding with sub-themes",
        "Funding itself", "Paperwork and reporting", "Patients’ voice 🙂", "Too many meetings",
        "Travel",
    ]  # fmt: skip


def test_sorted_lines_name_the_themes_above_them(browser: Page) -> None:
    path = ".shown tbody tr:nth-child(2) .path"
    assert not browser.one(path).is_displayed()
    browser.all(".shown thead button")[1].click()
    assert browser.one(path).is_displayed()


def test_filters_and_what_they_tell(browser: Page) -> None:
    status = browser.one("#status")
    assert status.get_attribute("role") == "status"
    browser.one("#filter").send_keys("FUND")
    # The parent's name finds what is below it too.
    assert browser.rows() == [
        "Funding with sub-themes", "Funding itself", "Cuts to services",
        "=Price? Contracts & quality",
    ]  # fmt: skip
    assert status.text == "4 of 10 rows shown"
    browser.one("#children").click()
    assert status.text == "3 of 10 rows shown"
    browser.one("#reset").click()
    assert len(browser.rows()) == 10
    browser.run(
        "const s = document.getElementById('word'); s.value = 'predominant';"
        "s.dispatchEvent(new Event('change'))"
    )
    assert browser.rows() == [
        "Administrative burden with sub-themes", "Too many meetings", "Paperwork and reporting",
    ]  # fmt: skip
    marked = {cell.get_attribute("data-words") for cell in browser.all(".shown .hit")}
    assert marked == {"predominant", "predominant\nmajor"}


def test_the_keyboard_skips_what_is_filtered_away(browser: Page) -> None:
    browser.one("#filter").send_keys("fund")
    browser.run("document.querySelector('.shown .cell[tabindex=\"0\"]').focus()")
    assert browser.focused() == "Funding with sub-themes / Overall"
    browser.press("ARROW_UP")
    assert browser.focused() == "Funding with sub-themes / Overall"
    browser.press("PAGE_DOWN", "END")
    assert browser.focused() == "=Price? Contracts & quality / Site 10"


def test_differences_by_pair_and_only_clear_ones(browser: Page) -> None:
    table = "#differences-table"
    assert len(browser.rows(table)) == 10
    browser.run(
        "const s = document.getElementById('comparison'); s.value = '';"
        "s.dispatchEvent(new Event('change'))"
    )
    assert len(browser.rows(table)) == 40
    browser.one("#clear").click()
    few = len(browser.rows(table))
    assert 0 < few < 40
    assert browser.one("#differences-status").text == f"{few} of 40 differences shown"
    browser.run("document.querySelectorAll('#differences-table thead button')[2].click()")
    cells = browser.run(
        "return [...document.querySelectorAll('#differences-table tbody tr:not([hidden])')]"
        ".map(row => row.cells[2].textContent)"
    )
    figures = [float(re.sub(r" points?", "", text).replace("−", "-")) for text in cells]
    assert figures == sorted(figures, reverse=True)
    assert 0 not in figures


def nodes(browser: Page) -> list[dict[str, Any]]:
    browser.tool("Accessibility.enable")
    found: list[dict[str, Any]] = browser.tool("Accessibility.getFullAXTree")["nodes"]
    return [node for node in found if not node["ignored"]]


def role_and_name(node: dict[str, Any]) -> tuple[str, str]:
    name = node.get("name", {}).get("value", "")
    return node["role"]["value"], " ".join(str(name).split())


def test_roles_and_names_for_a_screen_reader(browser: Page) -> None:
    found = [role_and_name(node) for node in nodes(browser)]
    roles = [role for role, _ in found]
    assert roles[0] == "RootWebArea"
    for role in ("banner", "main", "contentinfo"):
        assert roles.count(role) == 1
    assert ("table", "By site: share of participants with the theme") in found
    assert ("rowheader", "Too many meetings") in found
    assert ("columnheader", "Site 1 N = 18–22") in found
    assert ("button", "Too many meetings Site 1 62 % ★ 9/14 predominant commonest") in found
    assert ("radio", "By site") in found
    assert ("searchbox", "Themes containing") in found
    assert ("combobox", "With the word") in found
    assert ("checkbox", "with sub-themes") in found
    wanting = {"button", "link", "radio", "checkbox", "combobox", "searchbox", "table", "region"}
    assert [pair for pair in found if pair[0] in wanting and not pair[1]] == []
    assert browser.one("html").get_attribute("lang") == "en"


def test_the_dialog_has_a_name_and_hides_the_rest(browser: Page) -> None:
    browser.go("#meetings/overall")
    browser.until("return document.querySelector('dialog').open")
    found = [role_and_name(node) for node in nodes(browser)]
    assert ("dialog", "Too many meetings") in found
    assert [name for role, name in found if role == "heading"] == ["Too many meetings", "Quotes"]
    assert ("button", "Close") in found
    assert len([1 for role, _ in found if role == "button"]) == 1


CONTRASTS = """
const light = (c) => (c <= 10.31475 ? c / 3294.6 : ((c / 255 + 0.055) / 1.055) ** 2.4);
const luminance = (c) => 0.2126 * light(c[0]) + 0.7152 * light(c[1]) + 0.0722 * light(c[2]);
const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
const behind = (e) => {
  for (; e; e = e.parentElement) {
    const c = rgb(getComputedStyle(e).backgroundColor);
    if (c.length === 3 || c[3] === 1) return c;
  }
  return [255, 255, 255];
};
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const found = [];
while (walker.nextNode()) {
  const e = walker.currentNode.parentElement;
  const text = walker.currentNode.data.trim();
  if (!text || e.matches('script, style, option') || !e.getClientRects().length) continue;
  const [a, b] = [luminance(rgb(getComputedStyle(e).color)), luminance(behind(e))];
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  found.push([ratio, e.className + ' ' + text]);
}
return found;
"""


@pytest.mark.parametrize("scheme", SCALES)
@pytest.mark.parametrize("link", ["#by/overall", "#by/site%20x%20respondent_type", "#home/overall"])
def test_every_text_has_enough_contrast(browser: Page, scheme: str, link: str) -> None:
    browser.show_as(scheme)
    browser.go(link)
    found = browser.run(CONTRASTS)
    assert len(found) > 100
    assert [pair for pair in found if pair[0] < 4.5] == []


def test_every_colour_of_paper_has_enough_contrast(browser: Page) -> None:
    browser.show_as("dark", "print")
    found = browser.run(CONTRASTS)
    assert [pair for pair in found if pair[0] < 4.5] == []


def test_colour_is_never_alone(browser: Page) -> None:
    for cell in browser.all(".shown .cell"):
        if "none" not in cell.get_attribute("class"):
            assert "%" in cell.text
            assert cell.find_elements("css selector", "svg .range")


@pytest.mark.parametrize(
    ("width", "height"),
    [
        pytest.param(360, 740, id="a small telephone"),
        pytest.param(640, 400, id="a laptop at 200 per cent"),
        pytest.param(320, 256, id="400 per cent"),
    ],
)
def test_it_can_be_used_on_little_room(browser: Page, width: int, height: int) -> None:
    browser.size(width, height)
    browser.go("#by/site%20x%20respondent_type")
    assert browser.run("return document.documentElement.scrollWidth <= innerWidth")
    browser.run("document.querySelector('.shown .scroll').scrollLeft = 300")
    row, cell, region = browser.run(
        "const g = document.querySelector('.shown'); const b = (e) => e.getBoundingClientRect();"
        "return [b(g.querySelector('tbody th')).left, b(g.querySelector('.cell')).left,"
        "        b(g.querySelector('.scroll')).left]"
    )
    assert row == pytest.approx(region, abs=4)
    assert cell < row
    assert browser.run(
        "const th = document.querySelector('.shown tbody th').getBoundingClientRect().width;"
        "return th < innerWidth / 2"
    )
    browser.run(
        "document.querySelectorAll('.shown tbody tr')[1].querySelectorAll('.cell')[2].click()"
    )
    browser.until("return document.querySelector('dialog').open")
    box = browser.run("return document.querySelector('dialog').getBoundingClientRect().toJSON()")
    assert box["left"] >= 0
    assert box["right"] <= width


def test_a_cell_that_gets_the_focus_is_not_under_the_fixed_heads(browser: Page) -> None:
    browser.size(360, 740)
    browser.go("#by/site%20x%20respondent_type")
    browser.run("document.querySelector('.shown .cell[tabindex=\"0\"]').focus()")
    browser.press("END", "PAGE_DOWN", "HOME", "ARROW_UP", "ARROW_RIGHT")
    assert browser.run(
        "const c = document.activeElement.getBoundingClientRect();"
        "const g = document.querySelector('.shown');"
        "return c.left >= g.querySelector('tbody th').getBoundingClientRect().right - 1"
        " && c.top >= g.querySelector('thead th').getBoundingClientRect().bottom - 1"
    )


def printed(browser: Page, tmp_path: Path) -> tuple[int, str]:
    pdf = base64.b64decode(
        browser.tool("Page.printToPDF", preferCSSPageSize=True, printBackground=False)["data"]
    )
    (tmp_path / "page.pdf").write_bytes(pdf)
    (box,) = set(re.findall(rb"/MediaBox \[([\d. ]+)\]", pdf))
    return len(re.findall(rb"/Type /Page\b", pdf)), box.decode()


def test_it_prints_on_landscape_pages_and_quotes_only_if_asked(
    browser: Page, tmp_path: Path
) -> None:
    browser.go("#by/site%20x%20respondent_type")
    pages, box = printed(browser, tmp_path)
    width, height = map(float, box.split()[2:])
    assert (round(width), round(height)) == (842, 595)
    assert pages == 3
    browser.one("#appendix-wanted").click()
    assert printed(browser, tmp_path)[0] == 4
    assert "They shut the clinic" in browser.one("#appendix").get_attribute("textContent")
    browser.one("#appendix-wanted").click()
    assert printed(browser, tmp_path)[0] == 3


def test_on_paper_there_are_no_controls_and_heads_repeat(browser: Page) -> None:
    browser.show_as("light", "print")
    for selector in (".controls", ".skip", "dialog"):
        assert not any(element.is_displayed() for element in browser.all(selector))
    head, button = browser.run(
        "return ['.shown thead', '.shown thead button']"
        ".map(s => getComputedStyle(document.querySelector(s)).display)"
    )
    assert head == "table-header-group"
    # Chromium leaves a button out of a head that it repeats.
    assert button == "contents"


def test_without_scripts_every_figure_can_be_read(browser: Page) -> None:
    browser.tool("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.go()
        assert "Scripts are off" in browser.one("noscript").get_attribute("textContent")
        captions = [
            caption.text for caption in browser.all(".heat caption") if caption.is_displayed()
        ]
        assert len(captions) == 4
        assert not any(element.is_displayed() for element in browser.all(".controls"))
    finally:
        browser.tool("Emulation.setScriptExecutionDisabled", value=False)


def test_motion_only_for_those_who_have_not_declined_it(browser: Page) -> None:
    reduced = {"name": "prefers-reduced-motion", "value": "reduce"}
    browser.tool("Emulation.setEmulatedMedia", features=[reduced])
    browser.go("#meetings/overall")
    browser.until("return document.querySelector('dialog').open")
    assert browser.run(
        "return getComputedStyle(document.querySelector('dialog')).animationName"
    ) == ("none")
