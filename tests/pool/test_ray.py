import importlib.util

import pytest

from eval_predict.errors import UserError
from iwsi.pool import ray as module
from iwsi.pool.ray import RayPool, check_ray


def test_without_ray_one_line_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"sample.cluster: ray, .*pip install 'iwsi\[ray\]'"):
        check_ray("sample")


@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="Ray is not installed")
def test_an_address_where_no_cluster_is_is_a_users_error(monkeypatch):
    monkeypatch.setenv("RAY_ADDRESS", "nowhere")
    with pytest.raises(UserError, match=r"RAY_ADDRESS: nowhere; expected .*ray start"):
        RayPool(None, {}, None, section="sample", processes=1, gpus_per_process=1)
