from iwsi.tasks.answers.math_verifying import equivalent, fingerprint


def test_formulas_of_one_value_are_equivalent():
    assert equivalent(r"\frac{1}{2}", "0.5")
    assert not equivalent(r"\frac{1}{2}", "0.6")


def test_equal_formulas_share_a_fingerprint_and_others_do_not():
    assert fingerprint("x + x") == fingerprint("2x")
    assert fingerprint("x + 1") != fingerprint("x + 2")
