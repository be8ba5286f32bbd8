"""Config models of assets: values, problems with their field paths, schemas, secrets."""

import pytest
from pydantic import BaseModel, ConfigDict, Field, SecretStr

import rivers_core as rs
from rivers_core.assets.config import AssetConfig, InvalidConfigError, read_config
from rivers_core.exceptions import ConfigurationError


class Buoy(BaseModel):
    height: float = 1.0
    key: SecretStr | None = None


class Settings(BaseModel):
    depth: int = Field(default=3, ge=1, description="Meters below the surface.")
    name: str = "north"
    password: SecretStr = SecretStr("")
    buoys: list[Buoy] = []


def config_of(function, **arguments):
    asset = rs.Asset(**{"name": "tides"} | arguments)(function)
    return rs.CodeRepository(assets=[asset]).definitions.computation("tides").config


def with_model(context: rs.AssetExecutionContext[Settings]): ...


def test_the_model_is_named_by_the_type_parameter_of_the_context():
    assert config_of(with_model).model is Settings


def test_a_model_may_be_given_in_the_decorator():
    assert config_of(lambda: 1, config=Settings).model is Settings


def test_a_model_that_is_defined_inside_a_function_is_found_by_a_written_annotation():
    class Local(BaseModel):
        depth: int = 1

    @rs.Asset
    def tides(context: "rs.AssetExecutionContext[Local]"): ...

    assert rs.CodeRepository(assets=[tides]).definitions.computation("tides").config.model is Local


def test_an_override_becomes_a_validated_model():
    value = config_of(with_model).value("tides", {"depth": "7"})

    assert isinstance(value, Settings)
    assert (value.depth, value.name) == (7, "north")


def test_an_asset_without_model_gets_the_override_as_it_is():
    assert config_of(lambda: 1).value("tides", {"depth": "7"}) == {"depth": "7"}
    assert config_of(lambda: 1).value("tides", None) == {}


def test_values_in_the_decorator_are_defaults():
    assert config_of(lambda: 1, config={"depth": 2, "name": "x"}).value("tides", {"depth": 5}) == {
        "depth": 5,
        "name": "x",
    }
    assert config_of(with_model, config=Settings(depth=9)).value("tides", {"name": "x"}) == Settings(depth=9, name="x")
    assert config_of(with_model, config={"depth": 8}).value("tides", {}).depth == 8
    assert config_of(with_model, config={"depth": 8}).value("tides", {"depth": 4}).depth == 4


def test_all_problems_of_an_override_are_told_with_their_fields():
    with pytest.raises(InvalidConfigError) as raised:
        config_of(with_model).value("tides", {"depth": 0, "name": 4, "buoys": [{"height": "tall"}]})

    assert [problem.field for problem in raised.value.problems] == ["depth", "name", "buoys.0.height"]
    assert isinstance(raised.value, ConfigurationError)
    assert str(raised.value).startswith("The config of tides cannot be used. depth: Input should be greater")


def test_a_misspelled_setting_is_offered_the_real_one():
    problems = config_of(with_model).problems("tides", {"dept": 4, "name": 7})

    assert tuple(problems[0]) == ("dept", "There is no such setting; did you mean 'depth'?")
    assert problems[1].field == "name"


def test_a_model_that_allows_more_takes_more():
    class Open(BaseModel):
        model_config = ConfigDict(extra="allow")

    assert config_of(lambda: 1, config=Open).problems("tides", {"anything": 1}) == ()


def test_a_model_that_forbids_more_tells_of_each_once():
    class Closed(BaseModel):
        model_config = ConfigDict(extra="forbid")
        depth: int = 1

    assert [one.field for one in config_of(lambda: 1, config=Closed).problems("tides", {"x": 1})] == ["x"]


def test_a_setting_may_be_given_by_its_alias():
    class Aliased(BaseModel):
        depth: int = Field(default=1, alias="depthMeters")

    assert AssetConfig(Aliased).value("tides", {"depthMeters": 4}).depth == 4


def test_a_required_setting_that_is_not_given_is_told():
    class Required(BaseModel):
        depth: int

    assert [tuple(one) for one in config_of(lambda: 1, config=Required).problems("tides", {})] == [
        ("depth", "Field required.")
    ]


def test_secret_fields_are_found_wherever_they_are():
    assert config_of(with_model).secret_fields == ("password", "buoys.key")
    assert config_of(lambda: 1).secret_fields == ()


def test_problems_do_not_show_what_was_given():
    class Pin(BaseModel):
        pin: SecretStr = Field(default=SecretStr("1234"), min_length=4)

    (problem,) = config_of(lambda: 1, config=Pin).problems("tides", {"pin": "77"})
    assert "77" not in problem.message


def test_the_schema_shows_types_descriptions_and_the_defaults_of_the_decorator():
    schema = config_of(with_model, config=Settings(depth=9, password=SecretStr("deep"))).schema

    assert schema["properties"]["depth"]["default"] == 9
    assert schema["properties"]["depth"]["description"] == "Meters below the surface."
    assert "deep" not in str(schema)
    assert config_of(lambda: 1).schema is None


@pytest.mark.parametrize("hint", [None, dict, dict[str, int]])
def test_hints_that_are_no_model_mean_a_plain_mapping(hint):
    assert read_config(None, hint) == AssetConfig()


def test_an_annotation_that_only_a_type_checker_understands_is_told():
    def tides(context: "rs.AssetExecutionContext[Elsewhere]"): ...  # noqa: F821  # that is the fault

    with pytest.raises(rs.exceptions.GraphValidationError, match="names do not exist when the file runs"):
        config_of(tides)
