"""Make docs/screenshots: one picture of each journey over the sample, by `make screenshots`.

    python -m tests.web.screenshots --index DIR

Pictures are small and of few colours, so that they may stand in the repository.
"""

from __future__ import annotations

import argparse
import io
import shutil
import subprocess
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "screenshots"
LARGEST = 150_000
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]


def main() -> int:
    """Serve an index, walk through it, and keep a picture of each step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--index", type=Path, required=True, help="an index of corpus/sample")
    options = parser.parse_args()
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        print("pictures need Chromium; get it with: apt-get install chromium", file=sys.stderr)
        return 2
    command = [sys.executable, "-m", "web", "--index", str(options.index), "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as service:
        assert service.stdout is not None
        said = service.stdout.readline()
        try:
            if "http://" not in said:
                return 2
            with sync_playwright() as playwright:
                opened = playwright.chromium.launch(executable_path=browser, args=FLAGS)
                page = opened.new_page(base_url="http://" + said.split("http://")[1].split()[0])
                page.set_viewport_size({"width": 1180, "height": 860})
                walk(page)
                opened.close()
        finally:
            service.terminate()
    return 0


def walk(page: Page) -> None:
    """Go through the journeys, one after another."""
    page.goto("/")
    keep(page, "home")
    page.get_by_label("What are you looking for?").fill("findings on return interviews")
    page.get_by_role("button", name="Search").click()
    keep(page, "answer")
    page.locator("#results").evaluate("e => e.scrollIntoView()")
    keep(page, "search")
    page.locator(".app-result", has_text="Inspection report").first.get_by_role("link").first.click()
    page.wait_for_load_state("networkidle")
    keep(page, "document")
    page.goto("/councils/kelderbridge")
    keep(page, "council")
    page.get_by_role("link", name="5. Offer a return interview").click()
    page.locator("#since").scroll_into_view_if_needed()
    keep(page, "recommendation")
    page.goto("/compare?council=Kelderbridge")
    page.locator(".app-pair").first.evaluate("e => window.scrollTo(0, e.offsetTop - 160)")
    keep(page, "compare")
    page.goto("/compare?theme=return+interviews&council=Kelderbridge&council=Thornmere")
    keep(page, "compare-theme")
    page.goto("/themes")
    keep(page, "themes")
    page.goto("/turned-round?subject=supervision")
    page.get_by_role("heading", name="Kelderbridge").evaluate("e => window.scrollTo(0, e.offsetTop - 330)")
    keep(page, "turned-round")
    page.goto("/trend?subject=supervision")
    keep(page, "trend")
    page.goto("/councils/kelderbridge/brief")
    keep(page, "brief")
    page.goto("/search?q=return+interviews&kind=inspection+report")
    for place in range(2):
        page.locator(".app-result__pick label").nth(place).click()
    page.get_by_role("button", name="Put the ticked passages in the evidence pack").click()
    page.get_by_label("Title of the pack").fill("Return interviews")
    page.locator("textarea").first.fill("Set this beside the later inspection.")
    page.get_by_role("button", name="Save title and notes").click()
    keep(page, "pack")
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto("/search?q=return+interviews+in+Kelderbridge")
    keep(page, "telephone")


def keep(page: Page, name: str) -> None:
    """Keep what is on the screen as docs/screenshots/NAME.png, in few colours."""
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB").quantize(64)
    path = FOLDER / f"{name}.png"
    picture.save(path, optimize=True)
    if path.stat().st_size > LARGEST:
        raise SystemExit(f"{path.name} is larger than {LARGEST} bytes; show less")


if __name__ == "__main__":
    sys.exit(main())
