"""Coarse maskings, fine weights: regions are switched, and their components share what comes out.

Neighbouring components (Ward's clusters in time and height) make up regions. Maskings of regions
come in pairs, each with its opposite, so that what two regions do only together cancels; the share
that is on varies from a tenth to nine. Ridge regression weighs the regions, its penalty by
evidence (MacKay, "Bayesian interpolation", Neural Computation 4, 1992, 415-447). A region's weight
is shared out among its components by area-to-point kriging (Kyriakidis, "A geostatistical
framework for area-to-point spatial interpolation", Geographical Analysis 36, 2004, 259-289): what
is near is alike, what is large and loud counts more, and shares add up to the region's weight.
``docs/fewer-forwards.md`` has the figures.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from explain_engine.explainers._linear import LinearSurrogate
from explain_engine.explainers.base import Attribution, Explainer, Problem
from explain_engine.layout import Layout

# The picture's height counts as much as so many seconds: its cells then are nearly square.
HEIGHT_SECONDS = 5.0
# Over so many seconds what components do becomes unlike, by 1/e.
REACH_SECONDS = 2.5
# Share of the weights' variance that has nothing to do with the neighbours.
OWN_SHARE = 0.005
LOWEST_SHARE, HIGHEST_SHARE = 0.1, 0.9
# Noise per sample, in units of the regions' mean variance.
NOISE_RATIOS = np.geomspace(1e-9, 1e3, 49)


@dataclass(frozen=True)
class Regions(Explainer):
    """Switches neighbouring components off together: fine weights from few forwards.

    Parameters
    ----------
    n_regions : int
        Regions, at most: fewer agree better from run to run, more tell finer apart.
    """

    n_regions: int = field(
        default=48, metadata={"help": "Regions switched as one, at most", "min": 4, "max": 500}
    )

    def __call__(self, problem: Problem) -> Attribution:
        """Explain all targets, stopping early where the problem says how stable is enough."""
        regions = group_components(problem.layout, problem.n_components, self.n_regions)
        covariance = expect_covariance(problem.layout, problem.n_components)
        return RegionSurrogate(regions, share_out(regions, covariance))(problem)


@dataclass(frozen=True, eq=False)
class RegionSurrogate(LinearSurrogate):
    """Fits regions and shares their weights out.

    Parameters
    ----------
    regions : np.ndarray, shape=(n_components,), int
        Region of each component.
    shares : np.ndarray, shape=(n_components, n_regions)
        From :func:`share_out`.
    """

    regions: np.ndarray
    shares: np.ndarray

    def __call__(self, problem: Problem) -> Attribution:
        """Explain all targets."""
        return self.sample(problem, self.shares.shape[1], draw_pairs(problem, self.regions))

    def weigh(self, masks: np.ndarray) -> np.ndarray:
        """Return ones: all maskings count alike."""
        return np.ones(len(masks))

    def fit(self, masks: np.ndarray, outputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Fit all targets, each with the penalty under which its outputs are likeliest."""
        first = np.unique(self.regions, return_index=True)[1]
        x = masks[:, first].astype(float)
        x_mean, y_mean = x.mean(axis=0), outputs.mean(axis=0)
        totals = np.eye(len(first))[self.regions].T @ self.shares
        spread = (x - x_mean) @ totals
        values, vectors = np.linalg.eigh(spread.T @ spread)
        values = np.maximum(values, 0.0)
        y = outputs - y_mean
        turned = vectors.T @ (spread.T @ y)
        noise = NOISE_RATIOS * max(float(values.mean()), 1e-12)
        damped = values[:, None] + noise  # (n_regions, n_ratios)
        rest = (y**2).sum(axis=0)[:, None] - (turned**2).T @ (1 / damped)  # (n_targets, n_ratios)
        surprise = len(y) * np.log(np.maximum(rest, 1e-300)) + np.log(damped / noise).sum(axis=0)
        best = damped[:, np.argmin(surprise, axis=1)]  # (n_regions, n_targets)
        found = vectors @ (turned / best)
        return (self.shares @ found).T, y_mean - x_mean @ (totals @ found)


def group_components(layout: Layout | None, n_components: int, n_regions: int) -> np.ndarray:
    """Return each component's region, shape=(n_components,), int, numbered from 0.

    Components that lie nowhere, or are few enough, are regions of their own.
    """
    if layout is None or n_components <= n_regions:
        return np.arange(n_components)
    # slow import: scipy.cluster
    from scipy.cluster.hierarchy import cut_tree, linkage

    return np.asarray(cut_tree(linkage(_place(layout), "ward"), n_clusters=n_regions)[:, 0])


def expect_covariance(layout: Layout | None, n_components: int) -> np.ndarray:
    """Return how weights vary together before anything is known, shape=(n, n).

    A component's standard deviation goes with its area times the root of its mean brightness.
    """
    if layout is None:
        return np.eye(n_components)
    places = _place(layout)
    distances = np.linalg.norm(places[:, None] - places, axis=-1)
    size = layout.areas * np.sqrt(layout.brightness + 1e-3)
    smooth = np.exp(-distances / REACH_SECONDS) * np.outer(size, size) / np.mean(size**2)
    return np.asarray((1 - OWN_SHARE) * smooth + OWN_SHARE * np.diag(size / size.mean()))


def share_out(regions: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """Return what turns independent unit variables into expected weights of components.

    Parameters
    ----------
    regions : np.ndarray, shape=(n_components,), int
        Region of each component.
    covariance : np.ndarray, shape=(n_components, n_components)
        Of the components' weights.

    Returns
    -------
    np.ndarray, shape=(n_components, n_regions)
        Summed over each region's components it is the root of the regions' covariance.
    """
    members = np.eye(regions.max() + 1)[regions]
    root = np.linalg.cholesky(members.T @ covariance @ members)
    return np.linalg.solve(root, members.T @ covariance).T


def draw_pairs(problem: Problem, regions: np.ndarray) -> np.ndarray:
    """Return masks, shape=(n_samples, n_components), bool: each odd one opposes the one before.

    The first is all on, the second all off.
    """
    n, n_pairs = int(regions.max()) + 1, -(-problem.n_samples // 2)
    shares = problem.rng.uniform(LOWEST_SHARE, HIGHEST_SHARE, n_pairs)
    n_on = np.clip(np.floor(shares * n + problem.rng.random(n_pairs)), 1, n - 1)
    ranks = problem.rng.random((n_pairs, n)).argsort(axis=1).argsort(axis=1)
    on = ranks < n_on[:, None]
    on[0] = True
    pairs = np.stack([on, ~on], axis=1).reshape(2 * n_pairs, n)
    return np.asarray(pairs[: problem.n_samples][:, regions])


def _place(layout: Layout) -> np.ndarray:
    """Time and height in seconds, shape=(n_components, 2)."""
    return np.column_stack([layout.seconds, HEIGHT_SECONDS * layout.heights])
