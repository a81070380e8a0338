"""`hotline sample`: the files that an installation begins with."""

from __future__ import annotations

from typing import Annotated

import typer

from hotline.commands.problems import CommandError


def sample(
    name: Annotated[
        str, typer.Argument(help="config, or a file for the service such as hotline.service.")
    ] = "config",
) -> None:
    """Print the sample configuration, or a file for the service.

    hotline sample > hotline.conf
    """
    from hotline.samples import sample as text_of
    from hotline.samples import samples

    try:
        print(text_of(name), end="")
    except KeyError:
        raise CommandError(f"there is no sample {name}; there are {', '.join(samples())}") from None
