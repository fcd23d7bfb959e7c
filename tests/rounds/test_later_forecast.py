from iwsi.recipe import Forecast
from iwsi.rounds.later_forecast import _folder
from iwsi.rounds.ledger import Entry, Ledger


def test_a_round_that_was_trained_again_is_another_question(tmp_path):
    ledger = Ledger(tmp_path)
    ledger.entries["round-1/train"] = Entry("one", {}, 0.0)
    before = _folder(ledger, 1, Forecast(), ())
    ledger.entries["round-2/train"] = Entry("later", {}, 0.0)
    ledger.entries["round-10/train"] = Entry("later", {}, 0.0)
    assert _folder(ledger, 1, Forecast(), ()) == before
    ledger.entries["round-1/train"] = Entry("two", {}, 0.0)
    assert _folder(ledger, 1, Forecast(), ()) != before
    assert _folder(ledger, 1, Forecast(budget=7), ()) != _folder(ledger, 1, Forecast(), ())
