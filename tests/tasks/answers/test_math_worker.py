import time

from iwsi.tasks.answers.math_worker import Comparer


def test_a_comparison_without_end_is_cut_off_and_the_next_one_works() -> None:
    comparer = Comparer(seconds=0.7)
    assert comparer.same("x+1", "1+x")  # it has started
    start = time.perf_counter()
    assert not comparer.same("9^{9^{9^9}}", "x")
    assert time.perf_counter() - start < 5
    assert comparer.same("x+1", "1+x")
    comparer.close()


def test_many_fingerprints_are_those_of_the_formulas_one_by_one_and_none_where_there_is_none() -> (
    None
):
    comparer = Comparer(seconds=5)
    formulas = [r"\frac12", "0.5", "x+1", "1+x", "3"] * 11  # more than go together
    found = comparer.fingerprints(formulas)
    assert found[:5] == [comparer.fingerprint(formula) for formula in formulas[:5]]
    assert found == found[:5] * 11
    assert found[0] == found[1] != found[4]
    assert found[2] == found[3]
    comparer.close()
    comparer.close()  # a second time does nothing
