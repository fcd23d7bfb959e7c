from iwsi.filter.methods import METHODS, method_of
from iwsi.recipe.filter import filter_section


def test_a_filters_name_is_the_one_that_its_section_has_in_recipes():
    for name, method in METHODS.items():
        assert method.name == name
        assert method_of(method.section.model_construct()) is method
    assert METHODS["lmsi"].needs == frozenset()
    assert filter_section("lmsi").method == "lmsi"
