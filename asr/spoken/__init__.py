"""What was said, as it is written: numbers, places, characters."""

from asr.spoken.numbers import ends_in_number, find_number
from asr.spoken.places import Place, find_place
from asr.spoken.writing import written

__all__ = ["Place", "ends_in_number", "find_number", "find_place", "written"]
