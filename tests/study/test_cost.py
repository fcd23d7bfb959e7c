from types import SimpleNamespace

from iwsi.cost.estimate import Disk
from iwsi.study.cost import study_cost


def test_what_the_arms_of_a_seed_share_is_counted_once_a_seed():
    arms = [SimpleNamespace(seed=seed) for seed in (0, 1) for _ in range(3)]
    costs = [
        SimpleNamespace(work=work, seconds=seconds)
        for work, seconds in (("sample", 100.0), ("score", 50.0), ("train", 20.0), ("test", 10.0))
    ]
    cost = study_cost(
        arms, SimpleNamespace(costs=costs, disk=Disk(0.3, 0.2, 1.0), rates_measured=())
    )
    assert cost.seconds == 2 * 150 + 6 * 30
    assert str(cost).startswith("6 arms over 2 seeds: roughly 8 min and 4.0 GiB (estimated)")
