"""Templates are compiled once and serve every language and every site."""

from __future__ import annotations

import pytest
from jinja2 import Environment

from dashboard.web import DashboardSettings
from dashboard.web.settings import LANGUAGES
from dashboard.web.views import Views

VIEWS = Views(DashboardSettings())
OURS = sorted(set(VIEWS._environments["en"].filters) - set(Environment().filters))


@pytest.mark.parametrize("name", OURS)
def test_a_filter_of_a_constant_is_not_worked_out_when_it_is_compiled(name: str) -> None:
    """What it gives differs between languages, and they share the compiled form."""
    for given in (f"{{{{ 'lift'|{name} }}}}", f"{{{{ 5|{name}('lift') }}}}"):
        forms = {
            VIEWS._environments[language].compile(given, "page", raw=True) for language in LANGUAGES
        }
        assert len(forms) == 1
        assert f"['{name}']" in forms.pop()
