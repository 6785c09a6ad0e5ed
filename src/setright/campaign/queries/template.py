"""Campaign templates: YAML files that come with Setright, versioned."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

from setright.campaign.models.named import in_language


@dataclass(frozen=True, slots=True)
class StepPlan:
    """A mandatory step as the template has it; `needs` are (Chinese, English) requirements."""

    code: str
    name: str
    name_en: str
    due_days: int
    needs: tuple[tuple[str, str], ...]
    min_files: int

    @property
    def label(self) -> str:
        return in_language(self.name, self.name_en)


@dataclass(frozen=True, slots=True)
class PhasePlan:
    """A phase and its steps; `days` is its planned length."""

    number: int
    name: str
    name_en: str
    days: int
    steps: tuple[StepPlan, ...]

    @property
    def label(self) -> str:
        return in_language(self.name, self.name_en)


@dataclass(frozen=True, slots=True)
class CampaignTemplate:
    """What a campaign is made from."""

    code: str
    version: int
    name: str
    name_en: str
    taxonomy: str
    rules: dict[str, int]
    phases: tuple[PhasePlan, ...]

    @property
    def label(self) -> str:
        return in_language(self.name, self.name_en)


@lru_cache(maxsize=1)
def templates() -> dict[str, CampaignTemplate]:
    """Every template by its code, in the order of their file names."""
    folder = files("setright.campaign") / "campaign_templates"
    read = (yaml.safe_load(f.read_text("utf-8")) for f in sorted(folder.iterdir(), key=lambda f: f.name))
    return {each["code"]: _template(each) for each in read}


def template(code: str) -> CampaignTemplate:
    """The template of this code."""
    return templates()[code]


def _template(raw: dict[str, Any]) -> CampaignTemplate:
    return CampaignTemplate(
        code=raw["code"],
        version=raw["version"],
        name=raw["name"],
        name_en=raw["name_en"],
        taxonomy=raw["taxonomy"],
        rules=dict(raw["rules"]),
        phases=tuple(_phase(each) for each in raw["phases"]),
    )


def _phase(raw: dict[str, Any]) -> PhasePlan:
    steps = tuple(
        StepPlan(
            code=s["code"],
            name=s["name"],
            name_en=s["name_en"],
            due_days=s["due_days"],
            needs=tuple((zh, en) for zh, en in s.get("needs", ())),
            min_files=s.get("min_files", 1),
        )
        for s in raw["steps"]
    )
    return PhasePlan(raw["number"], raw["name"], raw["name_en"], raw["days"], steps)
