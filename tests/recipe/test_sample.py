import pytest
from pydantic import ValidationError

from iwsi.recipe import Sample

URL = "http://host:8000/v1"


@pytest.mark.parametrize("url", ["http://me:secret@host/v1", "http://host/v1?key=secret"])
def test_a_secret_in_an_address_is_refused_and_not_repeated(url):
    with pytest.raises(ValidationError, match="IWSI_SERVER_AUTHORIZATION") as caught:
        Sample(engine="server", url=url)
    reasons = [error["msg"] for error in caught.value.errors()]
    assert not any("secret" in reason for reason in reasons)


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"engine": "server"}, "has no address"),
        ({"engine": "server", "url": URL, "adapter": "merged"}, "cannot be merged"),
        ({"engine": "server", "url": URL, "method": "exact"}, "remove engine: server"),
        ({"engine": "vllm", "url": URL}, "url is for engine server"),
    ],
)
def test_a_server_has_an_address_and_keeps_its_weights(keys, words):
    with pytest.raises(ValidationError, match=words):
        Sample(**keys)
    assert Sample(engine="server", url=URL).adapter == "auto"
