"""The HTML pages in a real browser: `make test-browser` installs what these need, and runs them."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.commands.running import Done
from tests.grade.test_classroom import CARRIED, PROBLEM, RIGHT, SIGN
from tests.report.test_html import HOSTILE, HOSTILE_DOCUMENT
from tests.support import FIXTURES

pytestmark = pytest.mark.browser

AXE = Path(os.environ.get("AXE", ".venv/axe/package/axe.min.js"))
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
DOCUMENT = "# Chain\n\nLet $x = 3$. Then $x^2 = 8$ and so $x^2 + 1 = 9$. Also $y = 2x = 6$, and $z = 5$.\n"


@pytest.fixture(scope="module")
def browser() -> Iterator[webdriver.Chrome]:
    program, driver = shutil.which("chromium"), shutil.which("chromedriver")
    assert program and driver, "make test-browser installs chromium and chromedriver"
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    made = webdriver.Chrome(options=options, service=Service(driver))
    yield made
    made.quit()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Each kind of page: answers of every sort of problem, documents, a class; and hostile ones."""
    folder = tmp_path_factory.mktemp("pages")
    made = {}

    def write(name: str, text: str) -> str:
        (folder / name).write_text(text, encoding="utf-8")
        return str(folder / name)

    def page(name: str, *arguments: str) -> None:
        made[name] = folder / f"{name}.html"
        done = Done(*arguments, "-f", f"html={made[name]}")
        assert done.code in {0, 1}, done.err

    for name in ("backprop", "mazur-dense", "emotions-recurrent"):
        page(name, "backprop", str(FIXTURES / f"{name}.toml"))
    page("several", "check", *(str(FIXTURES / f"{name}.toml") for name in ("backprop", "forward", "mazur")))
    page("document", "proofread", write("hw.md", DOCUMENT))
    page("homework", "proofread", str(FIXTURES / "homework.md"), "-p", str(FIXTURES / "backprop.toml"))
    page("hostile", "backprop", write("hostile.toml", HOSTILE))
    page("hostile-document", "proofread", write("hostile.md", HOSTILE_DOCUMENT))
    (folder / "class").mkdir()
    for number, text in enumerate((RIGHT, CARRIED, SIGN, RIGHT, HOSTILE, "no table")):
        write(f"class/s{number}.toml", text)
    write("class/<script>alert(1)<&script>.toml", RIGHT)
    problem = write("p.toml", PROBLEM)
    page("grades", "grade", problem, str(folder / "class"), "-o", str(folder / "out"))
    made["student"] = next(iter(sorted((folder / "grades").glob("s2*.html"))))
    return made


NAMES = (
    "backprop",
    "mazur-dense",
    "emotions-recurrent",
    "several",
    "document",
    "homework",
    "hostile",
    "hostile-document",
    "grades",
    "student",
)


def log(browser: webdriver.Chrome, kind: str) -> list[Any]:
    read: Any = browser.get_log
    return list(read(kind))


def visit(browser: webdriver.Chrome, page: Path, *, width: int = 1000, theme: str = "light") -> list[Any]:
    """Opens a page; returns what the browser was asked for, and what it complained about."""
    browser.get("about:blank")
    for kind in ("browser", "performance"):
        log(browser, kind)
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False},
    )
    features = [{"name": "prefers-color-scheme", "value": theme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    browser.get(page.as_uri())
    events = [json.loads(entry["message"])["message"] for entry in log(browser, "performance")]
    asked = [
        event["params"]["request"]["url"]
        for event in events
        if event["method"] == "Network.requestWillBeSent"
    ]
    complaints = [entry["message"] for entry in log(browser, "browser")]
    return [url for url in asked if url != page.as_uri() and not url.endswith("favicon.ico")] + complaints


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_asked_for_and_nothing_complained_about(
    browser: webdriver.Chrome, pages: dict[str, Path], name: str
) -> None:
    assert visit(browser, pages[name]) == []


@pytest.mark.parametrize("width", [320, 1600])
@pytest.mark.parametrize("name", NAMES)
def test_the_page_is_not_wider_than_the_window(
    browser: webdriver.Chrome, pages: dict[str, Path], name: str, width: int
) -> None:
    visit(browser, pages[name], width=width)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", NAMES)
def test_axe_finds_no_violation(
    browser: webdriver.Chrome, pages: dict[str, Path], name: str, theme: str
) -> None:
    visit(browser, pages[name], theme=theme)
    browser.execute_script(AXE.read_text("utf-8"))
    found = browser.execute_async_script(
        "const done = arguments[arguments.length - 1];"
        "axe.run(document, {runOnly: {type: 'tag', values: arguments[0]}}).then(done, e => done(String(e)));",
        WCAG,
    )
    assert [(v["id"], [node["html"][:120] for node in v["nodes"][:3]]) for v in found["violations"]] == []
    assert found["passes"]


@pytest.mark.parametrize("name", ["hostile", "hostile-document", "grades", "student"])
def test_no_script_of_a_student_runs(browser: webdriver.Chrome, pages: dict[str, Path], name: str) -> None:
    assert visit(browser, pages[name]) == []
    assert not browser.find_elements(By.CSS_SELECTOR, "img, iframe, object, embed, [onload], [onerror]")
    scripts = browser.find_elements(By.TAG_NAME, "script")
    assert len(scripts) == (name == "grades")


def column(browser: webdriver.Chrome, number: int) -> list[str]:
    cells = browser.find_elements(By.CSS_SELECTOR, f"#submissions ~ div tbody tr > :nth-child({number})")
    return [cell.text for cell in cells]


def test_a_table_sorts_by_mouse_and_keyboard(browser: webdriver.Chrome, pages: dict[str, Path]) -> None:
    visit(browser, pages["grades"])
    head = browser.find_elements(By.CSS_SELECTOR, "#submissions ~ div th button")[2]
    assert head.text == "points"
    points = [float(text) for text in column(browser, 3)]
    head.click()
    assert [float(text) for text in column(browser, 3)] == sorted(points)
    head.send_keys(Keys.ENTER)
    assert [float(text) for text in column(browser, 3)] == sorted(points, reverse=True)
    sorts = browser.find_elements(By.CSS_SELECTOR, "#submissions ~ div th[aria-sort]")
    assert [each.get_attribute("aria-sort") for each in sorts] == ["descending"]


def test_a_class_leads_to_each_student_and_back(browser: webdriver.Chrome, pages: dict[str, Path]) -> None:
    visit(browser, pages["grades"])
    links = browser.find_elements(By.CSS_SELECTOR, "#submissions ~ div tbody th a")
    assert len(links) == 7
    for address in [str(link.get_attribute("href")) for link in links]:
        browser.get(address)
        assert browser.find_element(By.LINK_TEXT, "The class")
    browser.find_element(By.LINK_TEXT, "The class").click()
    assert browser.current_url == pages["grades"].as_uri()


def test_the_keyboard_reaches_the_content_first(browser: webdriver.Chrome, pages: dict[str, Path]) -> None:
    visit(browser, pages["backprop"])
    browser.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
    assert browser.switch_to.active_element.text == "To the content"


@pytest.mark.parametrize("name", ["backprop", "grades"])
def test_a_page_is_whole_on_paper(browser: webdriver.Chrome, pages: dict[str, Path], name: str) -> None:
    visit(browser, pages[name])
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    cut = browser.execute_script(
        "return [...document.querySelectorAll('.scroll')]"
        ".filter(each => getComputedStyle(each).overflowX !== 'visible').length"
    )
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    assert cut == 0
    assert len(browser.print_page()) > 10_000
