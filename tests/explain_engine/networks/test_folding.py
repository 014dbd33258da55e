from __future__ import annotations

import pytest
import torch
from torch import nn

from explain_engine.networks.a2mid2e import SCHEMES, A2Mid2E, NetworkConfig
from explain_engine.networks.folding import fold_network


def make_network(scheme: str = "a2mid2e_joint", width: float = 0.15) -> A2Mid2E:
    """Random weights, and statistics as training leaves them: none is 0 or 1."""
    torch.manual_seed(0)
    network = A2Mid2E(NetworkConfig(scheme, width)).eval()
    network.mean.fill_(0.3)
    network.std.fill_(0.4)
    for layer in network.layers:
        if isinstance(layer, nn.BatchNorm2d):
            layer.running_mean.normal_(0.0, 0.2)
            layer.running_var.uniform_(0.3, 1.5)
            nn.init.uniform_(layer.weight, 0.5, 2.0)
            nn.init.normal_(layer.bias, 0.0, 0.2)
    return network


@pytest.mark.parametrize("scheme", SCHEMES)
def test_folded_network_says_the_same(scheme):
    network, pictures = make_network(scheme), 2 * torch.rand(3, 149, 120)

    folded = fold_network(network)

    assert not any(isinstance(layer, nn.BatchNorm2d) for layer in folded.layers)
    with torch.no_grad():
        assert float(network(pictures).std(0).max()) > 1e-4
        torch.testing.assert_close(folded(pictures), network(pictures), atol=1e-5, rtol=0)


def test_the_papers_full_network_can_be_folded():
    network = make_network(width=1.0)
    pictures = torch.rand(1, 149, 313)

    with torch.no_grad():
        outputs = fold_network(network)(pictures)
        torch.testing.assert_close(outputs, network(pictures), atol=1e-5, rtol=0)

    assert outputs.shape == (1, 15)


def test_folding_leaves_the_network_as_it_was():
    network = make_network()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}

    fold_network(network)

    after = network.state_dict()
    assert list(after) == list(before)
    assert all(torch.equal(after[name], tensor) for name, tensor in before.items())


def test_folded_network_has_the_gradients_of_its_input():
    network, pictures = make_network(), torch.rand(1, 149, 60, requires_grad=True)

    (expected,) = torch.autograd.grad(network(pictures).sum(), pictures)
    (found,) = torch.autograd.grad(fold_network(network)(pictures).sum(), pictures)

    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)


def test_half_precision_convolutions_keep_the_heads_exact():
    folded = fold_network(make_network(), dtype=torch.bfloat16)

    with torch.no_grad():
        outputs = folded(torch.rand(2, 149, 60))

    assert outputs.dtype == torch.float32
    emotions = outputs[:, 8:] @ folded.emotions.weight.T + folded.emotions.bias
    torch.testing.assert_close(emotions, outputs[:, :8], atol=1e-6, rtol=0)
