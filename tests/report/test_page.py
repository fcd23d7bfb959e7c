import json
import re
import shutil
import time

import pytest
from report.run_directories import HOSTILE, write_run

from eval_predict.stats.estimate import Estimate
from iwsi.audit.record import AuditRecord, VoteAudit
from iwsi.audit.report import SHARES, AuditReport, ScoreReport
from iwsi.evaluation.diversity import Diversity, RoundDiversity
from iwsi.files import as_json
from iwsi.filter.probability import unfitted
from iwsi.report.collect import collect
from iwsi.report.page import run_page, runs_page, study_page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def test_the_headline_says_what_the_run_came_to(tmp_path):
    page = run_page(collect(write_run(tmp_path / "run")))
    assert "The base model answers 50.0%" in page
    assert "Round 1 answers 75.0%" in page
    assert "+25.0 [" in page


def test_nothing_is_loaded_from_elsewhere(tmp_path):
    page = run_page(collect(write_run(tmp_path / "run")))
    assert not re.findall(r"""(?:src|href)=["'](?!#|data:,)""", page)
    assert "@import" not in page
    assert "url(" not in page


def test_text_of_models_cannot_end_the_element_that_holds_it(tmp_path):
    page = run_page(collect(write_run(tmp_path / "run", texts=HOSTILE)))
    assert page.count("</script>") == 4  # the page's own four
    assert "&lt;b&gt;+50" in page  # the gate's reason stands outside of scripts
    data = re.search(r'id="data-candidates">(.*?)</script>', page, re.DOTALL)[1]
    texts = [candidate["text"] for candidate in json.loads(data)]
    assert HOSTILE[0] in texts


def test_a_study_without_enough_seeds_has_no_interval():
    rows = [{"filter": "lmsi", "setting": None, "seed": seed, "accuracy": 0.5} for seed in (0, 1)]
    page = study_page("toy", ["filter", "seed", "accuracy"], rows)
    assert "fewer than three seeds" in page


def test_runs_stand_beside_each_other(tmp_path):
    reports = [collect(write_run(tmp_path / name)) for name in ("first", "second")]
    page = runs_page(reports)
    assert "2 runs compared" in page
    assert page.count("Round 1 answers 75.0%") == 2


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        pytest.skip("there is no chromium on the PATH (Debian: apt-get install chromium)")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield browser
        browser.close()


def _open(browser, page_file, html):
    page_file.write_text(html)
    page = browser.new_page()
    errors = []
    page.on("console", lambda message: errors.append(message.text))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("dialog", lambda dialog: errors.append("dialog"))
    page.goto(page_file.as_uri())
    return page, errors


def test_the_page_works_in_a_browser(browser, tmp_path):
    report = collect(write_run(tmp_path / "run", texts=HOSTILE))
    page, errors = _open(browser, tmp_path / "page.html", run_page(report))
    assert errors == []
    assert page.title() == "run: toy"  # no hostile text has run
    assert page.locator("figure.chart svg").count() >= 7
    assert "60 found" in page.locator("#candidates-count").inner_text()
    page.select_option('form[data-list="candidates"] select[name=reason]', "high_ds_weight")
    assert "15 found" in page.locator("#candidates-count").inner_text()
    page.fill('form[data-list="candidates"] input[name=text]', "nothing like it")
    assert page.locator("#candidates-count").inner_text().startswith("0 found")
    assert page.locator("#flips-count").inner_text().startswith("3 found")
    page.select_option('form[data-list="flips"] select[name=kind]', "broken")
    assert page.locator("#flips-list article").count() == 1
    page.set_viewport_size({"width": 380, "height": 800})
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 380  # a phone has nothing to scroll sideways


def test_the_colours_have_enough_contrast_in_light_and_dark(browser, tmp_path):
    html = run_page(collect(write_run(tmp_path / "run")))
    for scheme in ("light", "dark"):
        page, _ = _open(browser, tmp_path / "page.html", html)
        page.emulate_media(color_scheme=scheme)
        names = ("--bg", "--panel", "--fg", "--dim", "--link", "--c", "--bad")
        value = "name => getComputedStyle(document.documentElement).getPropertyValue(name)"
        colours = {name: page.evaluate(value, name).strip() for name in names}
        for text in ("--fg", "--dim", "--link", "--c", "--bad"):
            for ground in ("--bg", "--panel"):
                assert _contrast(colours[text], colours[ground]) >= 4.5, (scheme, text, ground)


def test_a_hundred_thousand_candidates_open_quickly(browser, tmp_path):
    report = collect(write_run(tmp_path / "run", candidates=100_000))
    html = run_page(report)
    assert len(html.encode()) < 15e6
    began = time.monotonic()
    page, errors = _open(browser, tmp_path / "page.html", html)
    assert "found" in page.locator("#candidates-count").inner_text()
    assert time.monotonic() - began < 10  # 3 s on a quiet machine
    assert errors == []


def _contrast(one, other):
    """WCAG 2.2's contrast ratio of two colours."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour):
    digits = colour.lstrip("#")
    digits = "".join(2 * digit for digit in digits) if len(digits) == 3 else digits
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_an_audit_is_a_sentence_a_table_and_a_chart(tmp_path):
    root = write_run(tmp_path / "run")
    auc = Estimate(0.19, 0.15, 0.24, 0.95, "bootstrap", 90)
    score = ScoreReport("ds_weight_completion", "the DS weight", auc, (0.51,) * len(SHARES))
    report = AuditReport(
        rows=100,
        voted=90,
        vote_accuracy=Estimate(0.6, 0.5, 0.7, 0.95, "wilson", 90),
        scores=(score,),
        ranked_by="ds_weight_completion",
        sentence="On this task <b>the DS weight</b> prefers wrong answers.",
        warnings=(),
    )
    record = AuditRecord(VoteAudit(100, 90, auc), report, None, unfitted("too few rows"), (0.5,))
    audit = root / "round-1" / "audit.json"
    audit.write_text(json.dumps(record.to_dict()))
    page = run_page(collect(root))
    assert "Audit of 100 labelled rows:" in page
    assert "&lt;b&gt;the DS weight&lt;/b&gt; prefers wrong answers" in page
    assert "0.19 [0.15, 0.24]" in page
    assert "Which score finds right votes" in page
    audit.write_text(json.dumps({"report": {"rows": 1}}))
    assert "round-1/audit.json does not hold what iwsi writes" in run_page(collect(root))


def test_pairs_and_diversity_stand_beside_the_funnel(tmp_path):
    root = write_run(tmp_path / "run")
    counts = {
        "questions": 60,
        "paired": 32,
        "pairs": 57,
        "without_pair": {"low_margin": 12},
        "dropped": {},
    }
    (root / "round-1" / "pair_funnel.json").write_text(json.dumps(counts))
    training = Diversity(60, 480, 3.7, None, 0.1, 18.0, 0.0, 0.53, 0.79)
    found = RoundDiversity(training, None, ("Completions have <b>8</b> tokens.",))
    (root / "round-1" / "diversity.json").write_text(json.dumps(as_json(found)))
    page = run_page(collect(root))
    assert "57, from 32 of 60 questions. Questions without a clear pair: low_margin 12." in page
    assert "Candidates in no pair: none." in page
    assert "Diversity of the candidates" in page
    assert "<td>0.79</td>" in page
    assert "Completions have &lt;b&gt;8&lt;/b&gt; tokens." in page
