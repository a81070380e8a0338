"""A company's own files, laid over the shipped packs: the ones that docs/packs.md shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from asr.lexicon import load_lexicon
from ivr.call.language import Language
from ivr.packs import CompanyPack, PackError, Phrasebook, load_pack
from ivr.packs.pack import Pack, site_categories
from ivr.packs.phrasebook import Prompt
from ivr.prompts import list_prompts
from tests.company import documented_files, write_company
from tests.ivr.packs.test_phrasebook import WrittenVoice

CO = "carbon_monoxide"
Edit = Callable[[str, str], None]


@pytest.fixture
def company(tmp_path: Path) -> CompanyPack:
    return CompanyPack(write_company(tmp_path / "packs"), ("zh-CN", "en"))


@pytest.fixture
def add(company: CompanyPack) -> Edit:
    def add(name: str, text: str) -> None:
        """Put more into one of the company's files."""
        path = company.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text((path.read_text() if path.exists() else "") + text)

    return add


def mistakes(company: CompanyPack, language: str = "zh-CN") -> str:
    with pytest.raises(PackError) as caught:
        load_pack(language, company=company)
    return str(caught.value)


def language_of(pack: Pack, voice: WrittenVoice) -> Language:
    lexicon = load_lexicon(pack.lexicon_path, pack.own_lexicon, categories=pack.categories)
    return Language(pack, Phrasebook(pack, voice), lexicon)


def test_a_category_takes_two_files_of_one_language() -> None:
    assert set(documented_files()) == {"zh-CN/lexicon.toml", "zh-CN/prompts.toml"}


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("五号楼锅炉房一氧化碳泄漏", CO),
        ("车库一氧化碳报警器响了", CO),
        ("没有一氧化碳泄漏", ""),
        ("厨房煤气泄漏", "gas_leak"),
    ],
)
def test_its_words_are_heard_before_the_shipped_ones(
    company: CompanyPack, text: str, category: str
) -> None:
    pack = load_pack("zh-CN", company=company)
    lexicon = load_lexicon(pack.lexicon_path, pack.own_lexicon, categories=pack.categories)
    urgent = [hit for hit in lexicon.hits(text) if hit.category in lexicon.urgent]
    assert (urgent[0].category if urgent else "") == category
    assert not category or urgent[0].level >= 0.8  # rings without a question


async def test_it_is_spoken_in_its_own_words_by_the_runtime_voice(company: CompanyPack) -> None:
    voice = WrittenVoice()
    language = language_of(load_pack("zh-CN", company=company), voice)
    said = [
        language.spoken(CO),
        language.advice(CO),
        language.question(CO),
        *language.public_number(CO),
    ]
    assert all(await language.phrasebook.render(said, 8000))
    assert voice.spoken == [
        ("一氧化碳中毒危险", "zh-CN"),
        ("请马上打开门窗，关掉燃气和炉子，所有人到室外去。", "zh-CN"),
        ("是不是一氧化碳泄漏，或者有人头晕恶心？", "zh-CN"),
    ]


async def test_whoever_speaks_another_language_hears_its_name_and_general_words(
    company: CompanyPack,
) -> None:
    voice = WrittenVoice()
    language = language_of(load_pack("en", company=company), voice)
    await language.phrasebook.render(
        [Prompt("engineer_urgent", category=language.spoken(CO), place=Prompt("place_unknown"))],
        8000,
    )
    assert voice.spoken == [("carbon monoxide", "en")]
    assert language.category(CO).names["en"] == "carbon monoxide"  # as a notice has it
    assert language.question(CO) == Prompt("confirm_other")
    assert language.advice(CO) == Prompt("advice_other")


def test_what_is_not_worded_or_recorded_is_told_and_is_no_mistake(company: CompanyPack) -> None:
    chinese = load_pack("zh-CN", company=company).unsaid([CO])
    assert len(chinese) == 1
    assert "advice_carbon_monoxide" in chinese[0]
    assert "hotline prompts import" in chinese[0]
    english = "\n".join(load_pack("en", company=company).unsaid([CO]))
    assert "write confirm_carbon_monoxide in prompts.toml" in english
    assert "write advice_carbon_monoxide in prompts.toml" in english


def test_a_recording_takes_the_place_of_the_runtime_voice(
    company: CompanyPack, tmp_path: Path
) -> None:
    own = tmp_path / "prompts"
    own.mkdir()
    shipped = Path(load_pack("zh-CN").lexicon_path.parent / "prompts" / "one_moment.wav")
    (own / "advice_carbon_monoxide.wav").write_bytes(shipped.read_bytes())
    pack = load_pack("zh-CN", own, company=company)
    assert "advice_carbon_monoxide" not in pack.unsaid([CO])[0]
    rows = {row.name: row for row in list_prompts(pack.prompts)}
    assert rows["advice_carbon_monoxide"].own
    assert rows["category_carbon_monoxide"].duration_s > 0.5


def test_a_shipped_text_that_is_worded_anew_is_not_heard_from_the_old_recording(
    company: CompanyPack, add: Edit
) -> None:
    add("zh-CN/prompts.toml", 'greeting = "您好，莲花物业。"\none_moment = "请稍等。"\n')
    prompts = load_pack("zh-CN", company=company).prompts
    assert prompts.is_by_voice(prompts.recordings["greeting"])
    assert not prompts.is_by_voice(prompts.recordings["one_moment"])  # worded as before


@pytest.mark.parametrize(
    ("file", "text", "line", "said"),
    [
        ("zh-CN/prompts.toml", 'x = "{nobody}"\n', 5, "nothing fills {nobody}"),
        ("zh-CN/prompts.toml", 'ticket_number = "好。"\n', 5, "must have the slots ['number']"),
        ("zh-CN/prompts.toml", "x = 3\n", 5, "prompts.x"),
        ("zh-CN/prompts.toml", "[voice]\nwords_per_minute = 9\n", 5, "only [prompts] and"),
        ("zh-CN/prompts.toml", "x = = 3\n", 5, "not a TOML file"),
        ("zh-CN/lexicon.toml", '[categories.fire]\nadvice = "none"\n', 21, "no prompt 'none'"),
        ("zh-CN/menu.toml", '[node.main]\nsilent = "nowhere"\n', 2, "no node 'nowhere'"),
        ("zh-CN/menu.toml", '[[node.main.choice]]\nkey = "7"\nto = "x"\n', 1, "no node 'x'"),
        ("zh-CN/menu.toml", '[keys]\nperson = "x"\n', 2, "is not a key"),
        ("zh-CN/menu.toml", "node = 3\n", 1, "node must be a table"),
    ],
)
def test_a_mistake_names_the_companys_file_and_line_and_a_start_goes_on_without_it(
    company: CompanyPack, add: Edit, file: str, text: str, line: int, said: str
) -> None:
    add(file, text)
    told = next(fact for fact in mistakes(company).splitlines() if said in fact)
    assert told.startswith(f"{company.folder / file}:{line}: "), told
    pack = load_pack("zh-CN", company=company, strict=False)
    assert told in pack.left_out
    assert pack.menu == load_pack("zh-CN").menu
    assert pack.categories[CO].danger_to_life


def test_a_new_node_must_be_in_the_menu_of_every_language_that_is_offered(
    company: CompanyPack, add: Edit
) -> None:
    node = (
        '[node.parcel]\nkind = "voicemail"\nsay = ["voicemail_intro"]\nticket_kind = "other"\n'
        'then = "goodbye"\nsilent = "goodbye"\n[[node.main.choice]]\nkey = "7"\nto = "parcel"\n'
    )
    add("zh-CN/menu.toml", node)
    assert "parcel" in load_pack("zh-CN", company=company).menu.nodes
    assert "menu node parcel is only in one of zh-CN and en" in mistakes(company, "en")
    english = load_pack("en", company=company, strict=False)  # a start goes on without it
    assert any("menu node parcel" in fact for fact in english.left_out)
    assert english.menu == load_pack("en").menu
    assert "parcel" in load_pack("zh-CN", company=replace(company, languages=("zh-CN",))).menu.nodes
    add("en/menu.toml", node)
    assert "parcel" in load_pack("en", company=company).menu.nodes


def test_a_choice_of_the_menu_gets_other_words(company: CompanyPack, add: Edit) -> None:
    add(
        "zh-CN/menu.toml",
        '[spoken]\nperson = ["管家"]\n'
        '[[node.main.choice]]\nkey = "5"\nspoken = ["点子"]\nto = "suggestion"\n',
    )
    menu = load_pack("zh-CN", company=company).menu
    assert {"管家", "人工"} <= set(menu.spoken.person)
    choice = menu.nodes["main"].choice_for_key("5")
    assert choice is not None
    assert choice.spoken == ("点子",)


def test_the_other_files_stay_when_one_is_wrong(company: CompanyPack, add: Edit) -> None:
    add("zh-CN/menu.toml", "[node.main\n")
    pack = load_pack("zh-CN", company=company, strict=False)
    assert "advice_carbon_monoxide" in pack.prompts
    assert pack.own_lexicon is not None


def test_without_a_folder_nothing_is_different(tmp_path: Path) -> None:
    company = CompanyPack(tmp_path / "packs", ("zh-CN", "en"))
    assert site_categories(company).own == frozenset()
    assert (company.strangers, company.declared_twice()) == ((), ())
    assert load_pack("en", company=company).categories == load_pack("en").categories


def test_what_is_never_read_and_what_is_declared_twice_is_told(
    company: CompanyPack, add: Edit
) -> None:
    add("zh-CN/lexikon.toml", "")
    add("ko/lexicon.toml", "")
    add("en/lexicon.toml", f'\n[categories.{CO}]\nclass = "urgent"\n')
    assert [path.relative_to(company.folder).as_posix() for path in company.strangers] == [
        "ko/lexicon.toml",
        "zh-CN/lexikon.toml",
    ]
    (told,) = company.declared_twice()
    assert told.startswith(f"{company.folder}/en/lexicon.toml:2: {CO} is declared in ")
