import pytest

from iwsi.tasks.answers import extract_answer
from iwsi.tasks.answers.languages import ENGLISH, LANGUAGES

EVERY = (ENGLISH, *LANGUAGES)
by_language = pytest.mark.parametrize("language", EVERY, ids=lambda language: language.name)


@by_language
def test_words_are_in_lower_case_and_no_word_means_both(language):
    words = (*language.nouns, *language.verbs, *language.yes, *language.no)
    assert all(word == word.lower() for word in words)
    assert not set(language.yes) & set(language.no)
    assert language.nouns


@by_language
def test_a_number_behind_the_languages_noun_and_a_colon_is_the_answer(language):
    for noun in language.nouns:
        assert extract_answer(f"1 + 2 = 3, 4.\n{noun}: 42", "number") == "42"


@by_language
def test_its_words_for_yes_and_no_are_read(language):
    for word in language.yes:
        assert extract_answer(f"{language.nouns[0]}: {word}", "yes_no") == "yes"
    for word in language.no:
        assert extract_answer(f"{language.nouns[0]}: {word}", "yes_no") == "no"
