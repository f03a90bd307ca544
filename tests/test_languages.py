"""A learner reads one language: every sentence is marked, collected and translated, and none is left behind in English."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from autograder import languages
from autograder.config import Limits
from autograder.course import lessons
from autograder.examination.expect import Mismatch
from autograder.feedback import cards
from autograder.feedback.page import page
from autograder.grading import Settings
from autograder.languages import LANGUAGES, SETTING, UnknownLanguage, collect, known, say
from autograder.notebook import overview
from autograder.verdicts import CheckResult, ExerciseResult, Result

GOLDEN = Path(__file__).parent / "golden" / "zh_CN"
TRANSLATED = {name: path for name, path in LANGUAGES.items() if path}
#: What both sides of a translation must have alike: places to fill, code, numbers.
KEPT = re.compile(r"\{\w*\}|`[^`]*`|\d+")


def entries(path: Path) -> dict[str, str]:
    with path.open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file) if message.id}


@pytest.mark.parametrize("path", [collect.TEMPLATE, *TRANSLATED.values()], ids=lambda path: path.name)
def test_the_files_hold_what_is_collected(path: Path) -> None:
    due = collect.template() if path == collect.TEMPLATE else collect.updated(path)
    assert path.read_text(encoding="utf-8") == due, "`make lessons` brings it up to date"


@pytest.mark.parametrize("name", TRANSLATED)
def test_nothing_is_left_untranslated(name: str) -> None:
    assert [key for key, text in entries(TRANSLATED[name]).items() if not text.strip()] == []


@pytest.mark.parametrize("name", TRANSLATED)
def test_places_code_and_numbers_are_kept(name: str) -> None:
    other = {key: text for key, text in entries(TRANSLATED[name]).items() if sorted(KEPT.findall(key)) != sorted(KEPT.findall(text))}
    assert other == {}


def test_english_is_what_stands_in_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    for setting in ("", "en", "C", "en_GB.UTF-8"):
        monkeypatch.setenv(SETTING, setting)
        assert say("a {type}", type="{dict}") == "a {dict}"


@pytest.mark.parametrize("setting", ["zh", "zh_CN", "zh-cn", "zh_CN.UTF-8", " ZH "])
def test_a_language_is_known_by_the_names_that_systems_use(setting: str) -> None:
    assert known(setting) == "zh_CN"


def test_an_unknown_language_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UnknownLanguage, match="there is no language 'tlh'; there are: en, zh_CN"):
        known("tlh")
    run = subprocess.run([sys.executable, "-m", "autograder", "status", str(tmp_path)], capture_output=True, text=True,
                         env={"PATH": "", SETTING: "tlh", "PYTHONPATH": str(Path(__file__).parents[1])}, check=False)
    assert (run.returncode, run.stdout) == (2, "") and run.stderr.count("\n") == 1 and "no language 'tlh'" in run.stderr


def test_the_notebook_sets_it(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from autograder import language

    monkeypatch.setenv(SETTING, "en")
    language("zh")
    assert capsys.readouterr().out == "卡片、提示和进度现在使用简体中文。\n"
    with pytest.raises(UnknownLanguage) as refused:
        language("Klingon")
    assert refused.value._render_traceback_() == [str(refused.value)] and say("correct") == "正确"
    language("en")
    assert capsys.readouterr().out == "Cards, hints and progress now come in English.\n"


def test_results_in_another_language_are_other_results(monkeypatch: pytest.MonkeyPatch) -> None:
    before = Settings(limits=Limits()).decisive
    monkeypatch.setenv(SETTING, "zh")
    assert Settings(limits=Limits()).decisive != before


def told(name: str) -> str:
    """Some card, in the language that is set."""
    exercise = lessons()["dilated_convolution"].exercises["dilated_conv2d"]
    error = {"type": "TypeError", "message": "no", "line": 3, "source": "return x", "tensors": {"x": "tensor (1, 2) float64"}}
    made = {"correct": lambda: cards.correct(exercise, (CheckResult("test_a", "cpu", "passed", ""),), graded=False),
            "not_attempted": lambda: cards.not_attempted(exercise),
            "missing": lambda: cards.missing(exercise),
            "cell_failed": lambda: cards.cell_failed(exercise, error),
            "forbidden": lambda: cards.forbidden(exercise, ["torch.conv2d"]),
            "wrong": lambda: cards.failed(exercise, "returns a tensor", Mismatch(say("the sizes are right but in another order: "
                                          "are two axes swapped?"), say("shape {sizes}", sizes=(1, 2)), say("shape {sizes}", sizes=(2, 1))),
                                          None, next(iter(exercise.misconceptions.values()))),
            "progress": lambda: overview.text(overview.rows(Path("nowhere"))),
            "page": lambda: page(Result("ada", "dilated_convolution", "graded", "", 1.0, 22.0, ("cpu",), 0, 0.1, (
                ExerciseResult("dilated_conv2d", "wrong", 0.0, 4.0, None, "", ()),)), {})}
    return made[name]()


KINDS = ("correct", "not_attempted", "missing", "cell_failed", "forbidden", "wrong", "progress", "page")


@pytest.mark.parametrize("kind", KINDS)
def test_every_word_is_marked(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a language turned every sentence into dots, none of our words would be left: only names, code and numbers."""
    monkeypatch.setattr(languages, "_catalogue", lambda name: Dotted())
    text = re.sub(r"(?s)<style>.*</style>|<[^>]*>|&\w+;", " ", told(kind).replace("<wbr>", ""))
    names = {"dilated_conv2d", "torch.conv2d", "TypeError", "no", "return", "x", "ada", "cpu", "tensor", "float64"}
    names |= {exercise for lesson in lessons().values() for exercise in lesson.exercises}
    assert {word for word in re.findall(r"[A-Za-z_][\w.]*", text) if word.rstrip(".") not in names} == set()


class Dotted(dict[str, str]):
    """Translates every sentence to dots, and keeps the places that are to be filled."""

    def get(self, key: str, default: object = None) -> str:  # type: ignore[override]
        return " ".join(["…", *re.findall(r"\{\w+\}", key)])


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "page"])
def test_cards_in_chinese(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SETTING, "zh_CN")
    assert told(kind) + "\n" == (GOLDEN / f"{kind}.txt").read_text(encoding="utf-8")


def test_the_page_names_its_language(monkeypatch: pytest.MonkeyPatch) -> None:
    assert '<html lang="en">' in told("page")
    monkeypatch.setenv(SETTING, "zh_CN")
    assert '<html lang="zh-CN">' in told("page") and "<h1>反馈 · 第 1 课：" in told("page")
