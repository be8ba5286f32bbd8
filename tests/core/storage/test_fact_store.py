"""Facts about a project, and specs of its code."""

from __future__ import annotations

from rivers_core.storage.stores import Stores


def test_a_fact_is_what_was_last_said(stores: Stores):
    assert stores.facts.get("trusted") is None
    assert stores.facts.get("trusted", default=False) is False
    stores.facts.set("trusted", value := {"by": ["ann", None, 2.5]})
    assert stores.facts.get("trusted") == value
    stores.facts.set("trusted", None)
    assert stores.facts.get("trusted", default="unused") is None


def test_the_spec_of_code_is_found_by_its_fingerprint(stores: Stores):
    assert stores.facts.location_spec("f1") is None
    stores.facts.save_location_spec("f1", '{"assets": []}')
    stores.facts.save_location_spec("f1", '{"assets": ["orders"]}')
    assert stores.facts.location_spec("f1") == '{"assets": ["orders"]}'


def test_the_specs_of_the_last_versions_are_kept(stores: Stores):
    for number in range(25):
        stores.facts.save_location_spec(f"f{number}", str(number))
    kept = [number for number in range(25) if stores.facts.location_spec(f"f{number}") is not None]
    assert kept == list(range(5, 25))
