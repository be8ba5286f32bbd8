"""The form that an asset's config model makes."""

from __future__ import annotations

from enum import StrEnum

import pytest
from pydantic import BaseModel, Field
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from rivers_app.shell import Shell
from rivers_app.widgets.config_form import ConfigForm
from rivers_core.location.spec import AssetSpec


class Unit(StrEnum):
    LITERS = "liters"
    GALLONS = "gallons"


class PumpConfig(BaseModel):
    least_volume: int = Field(5, description="Smaller fillings are left out.")
    unit: Unit = Unit.LITERS
    station: str
    is_strict: bool = False


PUMPS = AssetSpec(name="pumps", computation="pumps", config_schema=PumpConfig.model_json_schema())
TANKS = AssetSpec(name="tanks", computation="tanks")


@pytest.fixture
def form(shell: Shell, qtbot: QtBot) -> ConfigForm:
    made = ConfigForm()
    qtbot.addWidget(made)
    made.offer([PUMPS, TANKS])
    made.show()
    return made


def test_what_is_left_alone_is_not_overridden(form: ConfigForm) -> None:
    assert form.config == {}


def test_descriptions_and_defaults_are_shown(form: ConfigForm) -> None:
    assert form.findChild(QLabel, "configHint_pumps_least_volume").text() == "Smaller fillings are left out."
    assert form.findChild(QLineEdit, "config_pumps_least_volume").placeholderText() == "5"
    assert "required" in form.findChild(QLabel, "configTitle_pumps_station").text()


def test_values_are_read_as_their_types(form: ConfigForm) -> None:
    form.findChild(QLineEdit, "config_pumps_least_volume").setText("12")
    form.findChild(QLineEdit, "config_pumps_station").setText("7")
    form.findChild(QComboBox, "config_pumps_unit").setCurrentText("gallons")
    form.findChild(QComboBox, "config_pumps_is_strict").setCurrentText("true")
    assert form.config == {"pumps": {"least_volume": 12, "station": "7", "unit": "gallons", "is_strict": True}}


def test_a_value_of_the_wrong_type_is_told_beside_its_field(form: ConfigForm) -> None:
    form.findChild(QLineEdit, "config_pumps_least_volume").setText("many")
    assert form.config is None
    problem = form.findChild(QLabel, "configProblem_pumps_least_volume")
    assert problem.isVisible()
    assert "whole number" in problem.text()


def test_an_asset_without_a_model_takes_a_json_object(form: ConfigForm) -> None:
    field = form.findChild(QLineEdit, "config_tanks")
    field.setText('{"rows": 3}')
    assert form.config == {"tanks": {"rows": 3}}
    field.setText("[1]")
    assert form.config is None


def test_values_of_assets_that_stay_are_kept_when_the_choice_changes(form: ConfigForm) -> None:
    form.set_config({"pumps": {"least_volume": 9}})
    form.offer([PUMPS])
    assert form.config == {"pumps": {"least_volume": 9}}
