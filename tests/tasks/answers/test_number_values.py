from decimal import Decimal
from fractions import Fraction

import pytest

from iwsi.tasks.answers.number_values import (
    decimal_text,
    expression_value,
    fraction_text,
    power,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [("1/3 + 1/6", Fraction(1, 2)), ("2 * (3 + 4)", 14), ("x + 1", None), ("1" * 400, None)],
)
def test_a_short_expression_of_numbers_has_an_exact_value(text, value):
    assert expression_value(text) == value


def test_a_power_is_exact_or_none_where_it_is_too_large():
    assert power(Decimal("1.5"), 2) == Fraction(9, 4)
    assert power(Decimal(0), -1) is None
    assert power(Decimal(10), 10**9) is None


def test_a_fraction_is_a_decimal_only_where_its_digits_end():
    assert fraction_text(Fraction(1, 8)) == "0.125"
    assert fraction_text(Fraction(2, 6)) == "1/3"
    assert fraction_text(None) is None


def test_a_decimal_has_neither_exponent_nor_trailing_zeros():
    assert decimal_text(Decimal("1E+3")) == "1000"
    assert decimal_text(Decimal("2.500")) == "2.5"
