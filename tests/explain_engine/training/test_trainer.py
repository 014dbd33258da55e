from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from explain_engine.networks.a2mid2e import SCHEMES, NetworkConfig
from explain_engine.training.augmentation import Augmentation
from explain_engine.training.evaluation import correlate
from explain_engine.training.examples import Examples, TrainingError
from explain_engine.training.trainer import Settings, compute_loss, predict, train_network

SMALL = Settings(
    NetworkConfig("a2mid2e_joint", 0.05, dropout=0.1),
    learning_rate=3e-3,
    max_epochs=3,
    n_frames=30,
    is_augmented=True,
    threads=1,
)


def make_examples(n: int = 40, seed: int = 0) -> Examples:
    """Spectrograms whose level is each target's cause."""
    rng = np.random.default_rng(seed)
    level = rng.uniform(0.1, 0.9, n)
    noise = rng.uniform(0, 0.1, (n, 149, 35))
    spectrograms = (level[:, None, None] + noise).astype(np.float16)
    features = np.tile(level[:, None], (1, 7))
    return Examples(spectrograms, features, np.tile(1 - level[:, None], (1, 8)))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_scheme_learns(scheme, tmp_path):
    settings = replace(
        SMALL, network=NetworkConfig(scheme, 0.05, 0.0), max_epochs=12, is_augmented=False
    )
    network, log = train_network(make_examples(), make_examples(12, 1), settings, tmp_path)
    outputs = predict(network, make_examples(12, 2))
    wanted = make_examples(12, 2).emotions[:, 0]
    assert np.corrcoef(outputs[:, 0], wanted)[0, 1] > 0.7
    assert log[-1]["validation_loss"] < log[0]["validation_loss"]


def test_last_layer_starts_at_the_regression_of_the_ratings(tmp_path):
    rng = np.random.default_rng(3)
    train = make_examples(30)
    weights = rng.normal(size=(7, 8))
    features = rng.normal(0.5, 0.1, (30, 7))
    train = Examples(train.spectrograms, features, features @ weights)
    frozen = replace(SMALL, learning_rate=1e-12, max_epochs=1)
    network, _ = train_network(train, train, frozen, tmp_path)
    np.testing.assert_allclose(network.emotions.weight.detach().numpy().T, weights, atol=1e-4)
    np.testing.assert_allclose(
        network.features.bias.detach().numpy(), features.mean(axis=0), atol=1e-4
    )


def test_interrupted_run_gives_the_same_network(tmp_path):
    train, validation = make_examples(), make_examples(12, 1)
    whole, whole_log = train_network(train, validation, SMALL, tmp_path / "whole")

    def stop(epoch, n_epochs, loss):
        raise KeyboardInterrupt

    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            train_network(train, validation, SMALL, tmp_path / "parts", progress=stop)
    parts, parts_log = train_network(train, validation, SMALL, tmp_path / "parts")
    for name, tensor in whole.state_dict().items():
        assert torch.equal(tensor, parts.state_dict()[name]), name
    assert [e["train_loss"] for e in parts_log] == [e["train_loss"] for e in whole_log]


def test_other_settings_start_anew(tmp_path):
    train, validation = make_examples(), make_examples(12, 1)
    train_network(train, validation, SMALL, tmp_path)
    _, log = train_network(train, validation, replace(SMALL, max_epochs=1, seed=1), tmp_path)
    assert len(log) == 1


def test_training_stops_when_validation_no_longer_gains(tmp_path):
    # Validation wants the opposite of what training teaches.
    validation = make_examples(12, 1)
    validation = Examples(validation.spectrograms, 1 - validation.features, 1 - validation.emotions)
    settings = replace(SMALL, max_epochs=40, patience=2, learning_rate=1e-2)
    _, log = train_network(make_examples(), validation, settings, tmp_path)
    best = int(np.argmin([epoch["validation_loss"] for epoch in log]))
    assert len(log) == best + 1 + 2
    assert len(log) < 40


def test_loss_is_the_weighted_sum_of_both_mean_squares():
    outputs, targets = torch.zeros(2, 15), torch.zeros(2, 15)
    targets[:, :8], targets[:, 8:] = 1.0, 2.0
    assert float(compute_loss(outputs, targets, "a2e", 0.5)) == 1.0
    assert float(compute_loss(outputs, targets, "a2mid2e", 0.5)) == 4.0
    assert float(compute_loss(outputs, targets, "a2mid2e_joint", 0.25)) == 0.25 + 3.0


def test_missing_ratings_do_not_count():
    outputs, targets = torch.zeros(2, 15, requires_grad=True), torch.ones(2, 15)
    targets[1, :8] = torch.nan
    loss = compute_loss(outputs, targets, "a2mid2e_joint", 0.5)
    loss.backward()
    assert float(loss.detach()) == 1.0
    assert float(outputs.grad[1, :8].abs().max()) == 0.0


def test_short_examples_are_repeated_and_long_ones_cut_at_random():
    ramp = np.arange(149 * 400, dtype=np.float32).reshape(400, 149).T
    examples = Examples([ramp[:, :100], ramp], np.zeros((2, 7)), np.zeros((2, 8)))
    spectrograms, targets = examples.batch(np.array([0, 1]), np.random.default_rng(0))
    assert spectrograms.shape == (2, 149, 313)
    assert targets.shape == (2, 15)
    assert torch.equal(spectrograms[0, :, 100:200], torch.from_numpy(ramp[:, :100].copy()))
    starts = {
        float(examples.batch(np.array([1]), np.random.default_rng(seed))[0][0, 0, 0])
        for seed in range(5)
    }
    assert len(starts) > 1


def test_level_is_that_of_all_cells():
    examples = make_examples(5)
    mean, std = examples.measure_level()
    cells = np.asarray(examples.spectrograms, dtype=np.float64)
    assert mean == pytest.approx(cells.mean(), abs=1e-4)
    assert std == pytest.approx(cells.std(), abs=1e-3)


def test_augmentation_is_the_same_for_the_same_seed_and_keeps_the_shape():
    spectrograms = torch.rand(6, 149, 80)
    first, again, other = (
        Augmentation()(spectrograms, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)
    )
    assert first.shape == spectrograms.shape
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert float(first.min()) >= 0.0


def test_augmentation_without_changes_returns_the_input():
    nothing = Augmentation(gain_db=0, tilt_db=0, bump_db=0, noise=0, room=0, masked=0)
    spectrograms = torch.rand(3, 149, 50)
    torch.testing.assert_close(
        nothing(spectrograms, torch.Generator()), spectrograms, atol=1e-6, rtol=0
    )


def test_correlation_has_fishers_interval():
    x = np.arange(28.0)
    y = x + 10 * np.sin(x)
    result = correlate(x, y)
    assert result.estimate == pytest.approx(np.corrcoef(x, y)[0, 1])
    z = np.arctanh(result.estimate)
    assert (result.low, result.high) == pytest.approx((np.tanh(z - 0.392), np.tanh(z + 0.392)))


@pytest.mark.parametrize(
    ("ratings", "reason"),
    [([1.0, 2.0, np.nan, 3.0], "needs 4 examples or more, got 3"), ([1.0] * 4, "that differ")],
)
def test_undefined_correlation_has_a_reason(ratings, reason):
    result = correlate(np.arange(4.0), np.array(ratings))
    assert np.isnan(result.estimate)
    assert reason in result.reason


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"learning_rate": 0.0}, r"learning_rate must be above 0, got 0\.0\."),
        ({"batch_size": 1}, r"batch_size must be 2 or more, got 1\."),
        ({"n_frames": 10}, r"n_frames must be 24 or more, got 10\."),
        ({"max_epochs": 0}, r"max_epochs must be 1 or more, got 0\."),
        ({"patience": 0}, r"patience must be 1 or more, got 0\."),
        ({"emotion_weight": 1.5}, r"emotion_weight must lie in \[0, 1\], got 1\.5\."),
        ({"seed": -1}, r"seed must be 0 or more, got -1\."),
        ({"threads": 0}, r"threads must be 1 or more, got 0\."),
    ],
)
def test_bad_setting_is_refused_with_a_sentence(change, sentence):
    with pytest.raises(TrainingError, match=sentence):
        replace(SMALL, **change)


def test_examples_of_unequal_number_are_refused_with_a_sentence():
    with pytest.raises(TrainingError, match="3 spectrograms need features and emotions of shapes"):
        Examples(np.zeros((3, 149, 50)), np.zeros((2, 7)), np.zeros((3, 8)))


def test_too_few_examples_are_refused_with_a_sentence(tmp_path):
    with pytest.raises(TrainingError, match=r"batch_size \(8\) examples or more, got 4"):
        train_network(make_examples(4), make_examples(4), SMALL, tmp_path)


def test_infinite_ratings_are_refused_with_a_sentence():
    with pytest.raises(TrainingError, match=r"Ratings must be finite, or NaN .* got infinity"):
        Examples(np.zeros((3, 149, 50)), np.full((3, 7), np.inf), np.zeros((3, 8)))


@pytest.mark.filterwarnings("ignore:invalid value")
def test_loss_that_is_no_number_stops_training_with_a_sentence(tmp_path):
    broken = make_examples()
    broken.spectrograms[3, 0, 0] = np.inf
    with pytest.raises(TrainingError, match="The loss must stay a number, epoch 1 gave"):
        train_network(broken, make_examples(12, 1), SMALL, tmp_path)
