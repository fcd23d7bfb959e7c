import pytest
from conftest import MODEL

from iwsi.models import load_tokenizer
from iwsi.recipe import Model
from iwsi.sample.completion import CompletionReader

TOKENIZER = load_tokenizer(Model(name=str(MODEL)))
ANSWER = " The answer is 7."


@pytest.fixture
def ids():
    return TOKENIZER(ANSWER, add_special_tokens=False)["input_ids"]


def test_tokens_are_kept_with_their_end_token_which_is_no_text(ids):
    ended = [*ids, TOKENIZER.eos_token_id]
    assert CompletionReader(TOKENIZER).read(ended, ended=True) == (ANSWER, tuple(ended))


def test_an_answer_that_was_cut_off_is_its_text_alone(ids):
    assert CompletionReader(TOKENIZER).read(ids, ended=False) == (ANSWER, None)


def test_text_that_a_stop_string_cut_off_has_no_tokens(ids):
    assert CompletionReader(TOKENIZER, ["7"]).read(ids, ended=False) == (" The answer is ", None)
    ended = [*ids, TOKENIZER.eos_token_id]
    assert CompletionReader(TOKENIZER, ["7"]).read(ended, ended=True) == (" The answer is ", None)


def test_text_without_a_special_token_that_was_sampled_has_no_tokens(ids):
    marked = [TOKENIZER.eos_token_id, *ids, TOKENIZER.eos_token_id]
    assert CompletionReader(TOKENIZER).read(marked, ended=True) == (ANSWER, None)
