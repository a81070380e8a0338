"""Whether somebody who tells something wants to be known to nobody.

Heard wrongly it keeps a name back that could be known, which a person of the circle undoes; missed
it gives one away. So the words decide alone, and only a plain "not anonymous" speaks against them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

__all__ = ["wants_no_name"]

_WISHES: Mapping[str, re.Pattern[str]] = {
    "zh-CN": re.compile(
        r"(?<!不用)(?<!不要)(?<!不是)(?<!不必)(?<!不)匿\s*名"
        r"|不(?:想|愿意?|要)?(?:留|透露|说|报|公开)(?:我的?)?(?:姓名|名字|名)"
        r"|(?:不要|别)(?:说|告诉\w{0,4})是我"
    ),
    "en": re.compile(
        r"(?<!not )(?<!n't be )(?<!not be )\banonymous(?:ly)?\b"
        r"|\b(?:keep|leave) my name out\b|\bdo(?: not|n't) (?:tell|give|use) (?:them )?my name\b",
        re.IGNORECASE,
    ),
    "ko": re.compile(r"익명(?!\s*(?:은|이)?\s*아니)|이름(?:은|을)?\s*(?:밝히지|말하지)"),
}


def wants_no_name(text: str, language: str) -> bool:
    """`text`: what was said, in one of the languages of the packs."""
    wish = _WISHES.get(language)
    return wish is not None and wish.search(text) is not None
