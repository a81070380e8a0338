"""What packs ship for operators, and a company's own laid over it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.packs import CompanyPack, PackError, load_pack

LANGUAGES = ("zh-CN", "en", "ko")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_urgent_category_has_an_article_that_says_what_callers_hear(language: str) -> None:
    pack = load_pack(language)
    urgent = {each.id: each for each in pack.categories.values() if each.ticket_class == "urgent"}
    named = {name: each for each in pack.articles for name in each.categories}
    assert set(urgent) <= set(named)
    for name, category in urgent.items():
        prompt = pack.prompts.texts.prompts[category.advice]
        assert prompt.text in named[name].text


def test_every_language_ships_the_same() -> None:
    shipped = [
        [(each.key, each.categories, each.classes) for each in load_pack(language).articles]
        for language in LANGUAGES
    ]
    assert shipped[0] == shipped[1] == shipped[2]


def company(folder: Path, **files: str) -> CompanyPack:
    (folder / "en").mkdir()
    for name, content in files.items():
        (folder / "en" / f"{name}.toml").write_text(content, "utf-8")
    return CompanyPack(folder, ("en",))


def test_a_company_lays_its_own_over_it(tmp_path: Path) -> None:
    own = company(
        tmp_path,
        articles=(
            '[articles.fire]\ntitle = "Our fire"\n[articles.flooding]\ntext = ""\n'
            '[articles.bins]\ntitle = "Bins"\ntext = "Mondays."\ncategories = ["garbage"]\n'
        ),
        prompts='[prompts]\nadvice_fire = "Gather at the fountain."\n',
    )

    found = {each.key: each for each in load_pack("en", company=own).articles}

    assert found["fire"].title == "Our fire"
    assert "Say: Gather at the fountain." in found["fire"].text, "callers and operators agree"
    assert "flooding" not in found
    assert found["bins"].categories == ("garbage",)
    assert "gas_leak" in found


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ('[articles.bins]\ntitle = "B"\ntext = "T"\ncategories = ["bin"]', "no such category: bin"),
        ('[articles.bins]\ntitle = "B"\ntext = "{advice_bin}"', "no prompt 'advice_bin'"),
        ('[articles.bins]\ntext = "T"', "title"),
        ('[articles.Bins]\ntitle = "B"\ntext = "T"', "small letters"),
        ('[articles.bins]\ntitle = "B"\ntext = "T"\nclasses = ["dear"]', "classes"),
        (f'[articles.bins]\ntitle = "{"B" * 121}"\ntext = "T"', "120"),
        ("[articles.bins\n", "not a TOML file"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_costs_that_file_alone(
    tmp_path: Path, written: str, told: str
) -> None:
    own = company(tmp_path, articles=written)
    with pytest.raises(PackError) as error:
        load_pack("en", company=own)
    assert any(told in each and "articles.toml" in each for each in error.value.mistakes)

    pack = load_pack("en", company=own, strict=False)

    assert any(told in each for each in pack.left_out)
    assert pack.articles == load_pack("en").articles
