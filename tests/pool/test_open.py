from iwsi.pool import open as opened
from iwsi.pool.open import open_pool


def test_one_process_needs_no_pool(monkeypatch):
    monkeypatch.setattr(opened, "ProcessPool", lambda *given: given)
    common = {"section": "sample", "cluster": "none"}
    assert open_pool(object, {}, None, processes=1, **common) is None
    assert len(open_pool(object, {}, None, processes=2, **common)[3]) == 2
