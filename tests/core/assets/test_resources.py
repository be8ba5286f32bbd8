"""Resources: shared by name, set up once, torn down once, settings from the environment."""

from threading import Thread

import pytest

import rivers_core as rs
from rivers_core.assets.resource import OpenResources
from rivers_core.exceptions import ConfigurationError

CALLS: list[str] = []


class Gauge(rs.Resource):
    url: str = "here"
    retries: int = 1
    ports: list[str] = []

    def setup(self):
        CALLS.append(f"setup {self.url}")

    def teardown(self):
        CALLS.append(f"teardown {self.url}")


@pytest.fixture(autouse=True)
def _no_calls_yet():
    CALLS.clear()


def test_a_resource_is_an_argument_of_the_parameter_named_like_it():
    @rs.Asset
    def tides(gauge, limit): ...

    definitions = rs.CodeRepository(assets=[tides], resources={"gauge": Gauge(), "limit": 5}).definitions

    assert [(type(one).__name__, one.parameter) for one in definitions.computation("tides").arguments] == [
        ("ResourceArgument", "gauge"),
        ("ResourceArgument", "limit"),
    ]


def test_a_resource_is_set_up_when_it_is_first_used_and_only_then():
    resources = OpenResources({"near": Gauge(url="near"), "far": Gauge(url="far")})
    assert CALLS == []
    assert resources["near"] is resources["near"]
    assert CALLS == ["setup near"]

    resources.close()
    assert CALLS == ["setup near", "teardown near"]


def test_resources_are_torn_down_the_last_first():
    resources = OpenResources({"near": Gauge(url="near"), "far": Gauge(url="far")})
    _ = resources["far"], resources["near"]
    resources.close()

    assert CALLS[2:] == ["teardown near", "teardown far"]
    resources.close()
    assert len(CALLS) == 4


def test_threads_that_ask_at_once_set_up_once():
    resources = OpenResources({"near": Gauge(url="near")})
    threads = [Thread(target=resources.__getitem__, args=("near",)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert CALLS == ["setup near"]


def test_any_object_is_a_resource():
    resources = OpenResources({"limit": 5, "client": None})

    assert (resources["limit"], resources["client"], len(resources), set(resources)) == (
        5,
        None,
        2,
        {"limit", "client"},
    )
    resources.close()


def test_a_teardown_that_fails_keeps_the_others_going_and_is_told():
    class Stuck(rs.Resource):
        def teardown(self):
            raise RuntimeError("no answer")

    resources = OpenResources({"near": Gauge(url="near"), "stuck": Stuck()})
    _ = resources["near"], resources["stuck"]
    with pytest.raises(ConfigurationError, match="'stuck' could not be torn down: RuntimeError: no answer"):
        resources.close()

    assert CALLS[-1] == "teardown near"


def test_settings_come_from_the_environment_when_the_code_does_not_give_them(monkeypatch):
    monkeypatch.setenv("URL", "env")
    monkeypatch.setenv("retries", "4")
    monkeypatch.setenv("Ports", '["Hull", "Kiel"]')

    assert Gauge() == Gauge.model_construct(url="env", retries=4, ports=["Hull", "Kiel"])
    assert Gauge(url="given").url == "given"


def test_settings_may_have_a_prefix_in_the_environment(monkeypatch):
    class Prefixed(rs.Resource):
        env_prefix = "TIDES_"
        url: str = "none"

    monkeypatch.setenv("URL", "other")
    monkeypatch.setenv("TIDES_URL", "mine")

    assert Prefixed().url == "mine"


def test_variables_of_the_system_itself_are_not_settings(monkeypatch):
    class Database(rs.Resource):
        user: str = "reader"

    monkeypatch.setenv("USER", "root")
    assert Database().user == "reader"


def test_a_text_that_only_looks_like_json_stays_text(monkeypatch):
    monkeypatch.setenv("URL", "[draft")

    assert Gauge().url == "[draft"
