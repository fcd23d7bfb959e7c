"""YAML that is read without growing."""

import time

import pytest
import yaml

from iwsi.recipe.strict_yaml import parse_yaml


def test_aliases_and_merge_keys_are_read():
    text = "a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\nc: [*a, *a]\n"
    assert parse_yaml(text) == {
        "a": {"x": 1, "y": 2},
        "b": {"x": 1, "y": 3},
        "c": [{"x": 1, "y": 2}, {"x": 1, "y": 2}],
    }


@pytest.mark.parametrize("text", ["1: a\n1.0: b\n", "a: 1\n'a': 2\n", "? {}\n: 1\n"])
def test_a_key_that_stands_twice_or_is_none_is_an_error(text):
    with pytest.raises(yaml.YAMLError):
        parse_yaml(text)


def test_what_grows_is_refused_before_it_is_made():
    levels = [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 40)]
    began = time.process_time()
    with pytest.raises(yaml.YAMLError, match="more than 50,000 values"):
        parse_yaml("\n".join(["a0: &a0 [x]", *levels]))
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    "number", ["0x" + "f" * 500, "1" + ":59" * 200, "1" * 401, "1." + "0" * 400]
)
def test_a_number_of_hundreds_of_digits_is_refused(number):
    with pytest.raises(yaml.YAMLError, match="a number of"):
        parse_yaml(f"seed: {number}")
