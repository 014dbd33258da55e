from __future__ import annotations

import numpy as np
import pytest

from explain_engine.components import Patches
from explain_engine.controls import draw_control_area, draw_control_energy
from explain_engine.recipe import SEGMENTERS


@pytest.fixture(scope="module")
def components(analysis) -> Patches:
    return Patches(analysis, SEGMENTERS.make("grid")(analysis))


def keep(components: Patches, *chosen: int) -> np.ndarray:
    return np.isin(np.arange(components.n), chosen)


def test_control_area_covers_as_much_of_the_picture(components):
    kept = keep(components, 0, 5, 9, 17)

    control = draw_control_area(components, kept, np.random.default_rng(0))

    area = components.area_shares
    assert control.difference == pytest.approx(area[control.mask].sum() / area[kept].sum() - 1)
    assert abs(control.difference) <= 0.05
    assert control.is_within_tolerance
    assert (control.unit, (control.mask != kept).any()) == ("share", True)


def test_control_energy_carries_as_much_sound(components):
    strongest = np.argsort(-components.energy_shares)
    kept = keep(components, *strongest[[2, 5, 9, 12]])

    control = draw_control_energy(components, kept, np.random.default_rng(0))

    energy = np.sum(components.resynthesise(np.stack([control.mask, kept])) ** 2, axis=1)
    assert control.difference == pytest.approx(10 * np.log10(energy[0] / energy[1]), abs=1e-3)
    assert abs(control.difference) <= 1.0
    assert control.is_within_tolerance
    assert control.unit == "dB"


def test_nearest_draw_is_taken_and_recorded_where_none_matches(analysis):
    labels = np.zeros(analysis.picture.shape, dtype=int)
    labels[:, :20] = 1
    labels[:, 20:22] = 2
    components = Patches(analysis, labels)

    control = draw_control_area(components, keep(components, 1), np.random.default_rng(0))

    assert np.flatnonzero(control.mask).tolist() == [2]
    assert control.difference == pytest.approx(-0.9)
    assert not control.is_within_tolerance


@pytest.mark.parametrize("draw", [draw_control_area, draw_control_energy])
def test_same_seed_draws_the_same_control_and_another_seed_another(components, draw):
    kept = keep(components, *np.argsort(-components.energy_shares)[:4])
    draws = [draw(components, kept, np.random.default_rng(seed)).mask for seed in (1, 1, 2, 3, 4)]

    assert np.array_equal(draws[0], draws[1])
    assert any((draws[0] != other).any() for other in draws[2:])


def test_controls_are_made_of_audible_components(components):
    kept = keep(components, *np.flatnonzero(components.is_audible)[:4])

    for seed in range(20):
        control = draw_control_area(components, kept, np.random.default_rng(seed))
        assert components.is_audible[control.mask].all()
