from iwsi.report.differences import differing_keys


def test_only_keys_with_other_values_are_named_and_a_missing_one_has_a_dash():
    first = "filter: {method: iwsi, keep: 0.8}\nrounds: 2\nmodel: {name: /a/m}\n"
    second = "filter: {method: lmsi}\nrounds: 2\nmodel: {name: /b/m}\n"
    found = {difference.key: difference.values for difference in differing_keys([first, second])}
    assert found == {"filter.method": ("iwsi", "lmsi"), "filter.keep": ("0.8", "–")}


def test_a_recipe_that_cannot_be_read_has_no_keys():
    assert [d.key for d in differing_keys(["seed: 1", "{"])] == ["seed"]
